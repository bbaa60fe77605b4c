/** The real Nix as a program: run with bounds, killed with all that it started, its words made one line. */
@NullMarked
package dev.berth.store.nix;

import org.jspecify.annotations.NullMarked;
