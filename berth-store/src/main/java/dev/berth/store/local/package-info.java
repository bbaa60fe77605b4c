/**
 * The store on this machine: files below a directory and an SQLite database in the schema that Nix itself uses, so that
 * Nix and Berth can use one store at a time or together. {@link dev.berth.store.local.LocalStore} is the way in.
 */
@NullMarked
package dev.berth.store.local;

import org.jspecify.annotations.NullMarked;
