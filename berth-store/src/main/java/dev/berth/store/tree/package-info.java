/**
 * Trees of files on this machine's disks, as {@link dev.berth.nix.nar NARs} tell them: dumped, restored with the metadata
 * that store paths have, made canonical, and removed. All of it goes by names (bytes) relative to open directories and
 * follows no symbolic link, so that nothing outside of the tree is read or touched.
 */
@NullMarked
package dev.berth.store.tree;

import org.jspecify.annotations.NullMarked;
