/** Keeps a node's store small: what no volume needs goes by its last use, beside publishes and at the agent's leisure. */
@NullMarked
package dev.berth.node.garbage;

import org.jspecify.annotations.NullMarked;
