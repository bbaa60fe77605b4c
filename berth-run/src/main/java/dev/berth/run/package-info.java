/**
 * A pod on this machine, with no cluster: what kubelet and a container runtime do, on top of an embedded cache and an
 * embedded node agent that is called over its real CSI socket.
 *
 * <p>Everything that a run leaves on the machine lies under one root directory; the next start under the same root
 * removes what a killed run left behind.
 */
@NullMarked
package dev.berth.run;

import org.jspecify.annotations.NullMarked;
