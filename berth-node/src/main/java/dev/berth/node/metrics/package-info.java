/** What the node agent counts, for Prometheus, and the HTTP server that shows it together with the agent's health. */
@NullMarked
package dev.berth.node.metrics;

import org.jspecify.annotations.NullMarked;
