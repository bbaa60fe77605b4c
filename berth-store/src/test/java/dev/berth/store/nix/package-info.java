/** Stores behind real daemons: Nix's own, over sockets and over SSH. */
@NullMarked
package dev.berth.store.daemon;

import org.jspecify.annotations.NullMarked;
