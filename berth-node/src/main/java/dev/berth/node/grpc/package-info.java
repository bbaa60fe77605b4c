/** gRPC on unix sockets whose files are watched, as other processes of a node remove and replace them. */
@NullMarked
package dev.berth.node.grpc;

import org.jspecify.annotations.NullMarked;
