/**
 * Tests of the formats: golden data of Nix's own unit tests, vectors made by the real Nix, properties and hostile input.
 *
 * <p>Golden folders that are read elsewhere: {@code util/nars} and {@code util/nar-listing} by the NAR package;
 * {@code worker-protocol}, {@code serve-protocol}, {@code common-protocol/*.bin}, {@code build-result},
 * {@code machines} and {@code worker-substitution} belong to the wire protocols and builds; {@code util/git} and
 * {@code util/memory-source-accessor} to Git objects and evaluation, which Berth leaves to Nix.
 */
@NullMarked
package dev.berth.nix;

import org.jspecify.annotations.NullMarked;
