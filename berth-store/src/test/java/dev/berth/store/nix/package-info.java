/** What Nix says, made one line. */
@NullMarked
package dev.berth.store.nix;

import org.jspecify.annotations.NullMarked;
