/**
 * Waiting: when an object on the cluster is what was asked for, waiting until it is, and telling why it is not.
 *
 * <p>Nothing here changes the cluster. What the API server says is read as JSON of any shape: a field that is not as
 * Kubernetes writes it counts as absent, and words of the cluster are stripped of control characters before anybody sees
 * them.
 */
@NullMarked
package dev.berth.deploy.wait;

import org.jspecify.annotations.NullMarked;
