/** The agent as a process on a real node of Kubernetes, with a real cache: what pods see of it, whatever happens to it. */
@org.jspecify.annotations.NullMarked
package dev.berth.cli.node;
