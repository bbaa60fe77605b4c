/** Tests of what the agent has to do with an API server. */
@NullMarked
package dev.berth.node.events;

import org.jspecify.annotations.NullMarked;
