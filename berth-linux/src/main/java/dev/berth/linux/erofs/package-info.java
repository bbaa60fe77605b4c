/**
 * Writes EROFS images (Linux, fs/erofs/erofs_fs.h): read-only file systems in one file that the kernel mounts as it is. The inodes may
 * carry what overlayfs needs to take directories and file contents from another layer, as composefs has them.
 */
@NullMarked
package dev.berth.linux.erofs;

import org.jspecify.annotations.NullMarked;
