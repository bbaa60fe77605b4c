/**
 * The Container Storage Interface as kubelet speaks it on a unix socket: the services Identity and Node of version 1, and
 * a client that calls them as kubelet does. The messages in {@code csi.v1} are generated from {@code csi.proto}.
 */
@NullMarked
package dev.berth.node.csi;

import org.jspecify.annotations.NullMarked;
