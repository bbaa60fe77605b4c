@NullMarked
package dev.berth.nix;

import org.jspecify.annotations.NullMarked;
