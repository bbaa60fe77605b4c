/** Tests of waiting. */
@NullMarked
package dev.berth.deploy.wait;

import org.jspecify.annotations.NullMarked;
