/** Registration with kubelet, by its plugin registration service, without any sidecar. */
@NullMarked
package dev.berth.node.kubelet;

import org.jspecify.annotations.NullMarked;
