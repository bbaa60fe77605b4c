/** The serve protocol, which {@code nix-store --serve} speaks: {@code ssh://}. */
@NullMarked
package dev.berth.wire.serve;

import org.jspecify.annotations.NullMarked;
