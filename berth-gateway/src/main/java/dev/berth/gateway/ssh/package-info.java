/** The front for other machines: an SSH server that runs nothing but the programs Nix's clients ask for. */
@NullMarked
package dev.berth.gateway.ssh;

import org.jspecify.annotations.NullMarked;
