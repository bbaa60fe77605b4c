@NullMarked
package dev.berth.store.usage;

import org.jspecify.annotations.NullMarked;
