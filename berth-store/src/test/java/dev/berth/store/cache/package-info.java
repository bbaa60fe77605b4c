@NullMarked
package dev.berth.store.cache;

import org.jspecify.annotations.NullMarked;
