/** The front that clients on the same machine use: a unix socket, where the kernel says who connects. */
@NullMarked
package dev.berth.gateway.unix;

import org.jspecify.annotations.NullMarked;
