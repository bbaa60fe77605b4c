/** Tests of what the agent has to do with an API server. */
@NullMarked
package dev.berth.node.pods;

import org.jspecify.annotations.NullMarked;
