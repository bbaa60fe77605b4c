/**
 * What users see of the agent's work on their pods with {@code kubectl describe pod}: events. They are told in passing: nothing
 * waits for them, and nothing fails because of them.
 */
@NullMarked
package dev.berth.node.events;

import org.jspecify.annotations.NullMarked;
