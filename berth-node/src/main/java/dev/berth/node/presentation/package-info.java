/**
 * Presentations: the ways to show a closure to a pod as one directory tree whose files are those of the store.
 */
@NullMarked
package dev.berth.node.presentation;

import org.jspecify.annotations.NullMarked;
