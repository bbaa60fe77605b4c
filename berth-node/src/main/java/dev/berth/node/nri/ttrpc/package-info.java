/**
 * What NRI is spoken over, as containerd/nri and containerd/ttrpc (its PROTOCOL.md) define it: a {@link
 * dev.berth.node.nri.ttrpc.Trunk} carries several connections over one socket, and on each a {@link
 * dev.berth.node.nri.ttrpc.TtrpcClient} calls a {@link dev.berth.node.nri.ttrpc.TtrpcServer}. Everything blocks, made for
 * virtual threads; peers are not trusted with memory or time.
 */
@NullMarked
package dev.berth.node.nri.ttrpc;

import org.jspecify.annotations.NullMarked;
