/** The commands of {@code berth}: they read arguments, assemble the parts below, print, and choose the exit code. */
@NullMarked
package dev.berth.cli;

import org.jspecify.annotations.NullMarked;
