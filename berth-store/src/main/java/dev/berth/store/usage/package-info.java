/**
 * When paths were last used, which closures are pinned, and collecting what nobody used for long: for stores that a cluster
 * lives from, in which hardly anything is a root.
 */
@NullMarked
package dev.berth.store.usage;

import org.jspecify.annotations.NullMarked;
