/** Images on the real kernel, and checked by erofs-utils. */
@NullMarked
package dev.berth.linux.erofs;

import org.jspecify.annotations.NullMarked;
