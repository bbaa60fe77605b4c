/** Tests of the registration with kubelet. */
@NullMarked
package dev.berth.node.kubelet;

import org.jspecify.annotations.NullMarked;
