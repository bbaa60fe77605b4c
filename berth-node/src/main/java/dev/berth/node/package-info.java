/**
 * The node agent: it fetches the closures that pods name into the node's store and mounts them into the pods' volumes.
 * {@link dev.berth.node.NodeAgent} is the whole agent, {@link dev.berth.node.NodeConfig} all that it is told.
 */
@NullMarked
package dev.berth.node;

import org.jspecify.annotations.NullMarked;
