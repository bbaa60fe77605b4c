@NullMarked
package dev.berth.gateway.config;

import org.jspecify.annotations.NullMarked;
