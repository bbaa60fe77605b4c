@NullMarked
package dev.berth.gateway.ssh;

import org.jspecify.annotations.NullMarked;
