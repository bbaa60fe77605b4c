/**
 * The Nix archive, as a stream of events: a {@link dev.berth.nix.nar.NarSource} tells a tree to a
 * {@link dev.berth.nix.nar.NarSink} node by node. Whatever makes or takes trees (bytes, directories, listings, hashes)
 * is one or the other, so that a tree goes from a store to a store in one pass and is never held whole.
 */
@NullMarked
package dev.berth.nix.nar;

import org.jspecify.annotations.NullMarked;
