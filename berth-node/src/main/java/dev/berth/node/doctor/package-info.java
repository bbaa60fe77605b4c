/** Says what a node can do, and what to change where it can't: by trying it, as the agent itself would. */
@NullMarked
package dev.berth.node.doctor;

import org.jspecify.annotations.NullMarked;
