/** The agent's configuration file and the environment variables that say the same. */
@NullMarked
package dev.berth.node.config;

import org.jspecify.annotations.NullMarked;
