@NullMarked
package dev.berth.linux;

import org.jspecify.annotations.NullMarked;
