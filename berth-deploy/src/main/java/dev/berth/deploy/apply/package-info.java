/**
 * Deploying: what a cluster must be told so that it has the objects of a manifest, and telling it.
 *
 * <p>{@link dev.berth.deploy.apply.Planner} compares the objects with what is there and asks the server, by dry runs, what would
 * become of each; the {@link dev.berth.deploy.apply.Plan} is shown, and nothing has changed yet.
 * {@link dev.berth.deploy.apply.Applier} carries it out, barrier by barrier. What is there of a deployment is found by its
 * {@link dev.berth.deploy.apply.Discriminator}. {@code docs/deploy.md} has the rules.
 */
@NullMarked
package dev.berth.deploy.apply;

import org.jspecify.annotations.NullMarked;
