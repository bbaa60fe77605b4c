/** {@code berth store}: looking into stores, copying between them, keys and garbage. */
@NullMarked
package dev.berth.cli.store;

import org.jspecify.annotations.NullMarked;
