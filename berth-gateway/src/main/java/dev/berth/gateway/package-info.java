/** Serves a store: on a unix socket as the Nix daemon does, and by SSH. */
@NullMarked
package dev.berth.gateway;

import org.jspecify.annotations.NullMarked;
