/** What log lines say besides their message: for whom the agent was at work. */
@NullMarked
package dev.berth.node.log;

import org.jspecify.annotations.NullMarked;
