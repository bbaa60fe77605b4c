/**
 * Stores behind a Nix daemon: over its unix socket, or over SSH by the worker protocol ({@code ssh-ng://}) or the serve
 * protocol ({@code ssh://}).
 */
@NullMarked
package dev.berth.store.daemon;

import org.jspecify.annotations.NullMarked;
