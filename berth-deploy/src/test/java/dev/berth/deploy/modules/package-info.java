/** Tests of the Nix modules, by real Nix. */
@NullMarked
package dev.berth.deploy.modules;

import org.jspecify.annotations.NullMarked;
