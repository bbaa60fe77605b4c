@NullMarked
package dev.berth.gateway.unix;

import org.jspecify.annotations.NullMarked;
