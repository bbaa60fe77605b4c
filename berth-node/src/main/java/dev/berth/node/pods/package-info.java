/**
 * The pods that volumes belong to: how they are named, what the API server knows of them, and what their specifications say
 * about store paths. Everything here is optional: a node whose API server is away goes on without.
 */
@NullMarked
package dev.berth.node.pods;

import org.jspecify.annotations.NullMarked;
