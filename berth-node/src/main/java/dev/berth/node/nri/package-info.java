/**
 * The agent as a plugin of the container runtime: the Node Resource Interface. What is done with pods and containers is a
 * {@link dev.berth.node.nri.NriHandler}. The messages in {@code v1alpha1} are generated from {@code nri.proto}.
 */
@NullMarked
package dev.berth.node.nri;

import org.jspecify.annotations.NullMarked;
