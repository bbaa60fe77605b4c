/** The serve protocol: against Nix's own data, against itself, against hostile peers, and against the real Nix. */
@NullMarked
package dev.berth.wire.serve;

import org.jspecify.annotations.NullMarked;
