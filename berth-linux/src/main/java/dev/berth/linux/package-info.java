/**
 * Linux system calls by the foreign function API: files relative to directory descriptors, mounts, namespaces, processes
 * and peer credentials. Knows nothing of Nix or Berth. File names are bytes, as the kernel has them; a failed call is a
 * {@link dev.berth.linux.LinuxException} with its {@link dev.berth.linux.Errno}. Works on x86_64 and aarch64 with glibc
 * 2.36 or newer.
 */
@NullMarked
package dev.berth.linux;

import org.jspecify.annotations.NullMarked;
