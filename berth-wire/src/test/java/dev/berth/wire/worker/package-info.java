/** Tests of the worker protocol, against itself, against hostile peers and against real Nix. */
package dev.berth.wire.worker;
