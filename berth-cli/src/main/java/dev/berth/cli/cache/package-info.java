/** {@code berth cache}: last use, pins and collecting. */
@NullMarked
package dev.berth.cli.cache;

import org.jspecify.annotations.NullMarked;
