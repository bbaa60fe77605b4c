/**
 * Whole-process benchmarks of Berth against the real peers (Nix, cp, rm) on the same work in the same run. The commands
 * and the last figures are in docs/benchmarks.md.
 */
@NullMarked
package dev.berth.bench;

import org.jspecify.annotations.NullMarked;
