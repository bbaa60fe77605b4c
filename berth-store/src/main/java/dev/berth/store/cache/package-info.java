/**
 * Binary caches, directories of {@code .narinfo} files and compressed NARs as Nix writes and serves them
 * (libstore/binary-cache-store.cc), over files and HTTP.
 */
@NullMarked
package dev.berth.store.cache;

import org.jspecify.annotations.NullMarked;
