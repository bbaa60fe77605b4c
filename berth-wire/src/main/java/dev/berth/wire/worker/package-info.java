/** The worker protocol, which {@code nix-daemon} speaks: unix sockets and {@code ssh-ng://}. */
@NullMarked
package dev.berth.wire.worker;

import org.jspecify.annotations.NullMarked;
