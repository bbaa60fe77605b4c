/** What configures the fronts: Nix's own configuration files and environment, and the gateway's file. */
@NullMarked
package dev.berth.gateway.config;

import org.jspecify.annotations.NullMarked;
