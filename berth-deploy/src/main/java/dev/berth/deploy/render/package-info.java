/**
 * Rendering: a file of Nix, JSON or YAML becomes Kubernetes objects and the store paths that they name.
 *
 * <p>A Nix file is evaluated by the real Nix, which also builds or fetches what the objects name. Whatever the file, the
 * result is plain JSON data: nothing in it is interpreted here but the store paths in its strings.
 */
@NullMarked
package dev.berth.deploy.render;

import org.jspecify.annotations.NullMarked;
