/** What the tests of deploying share. */
@NullMarked
package dev.berth.deploy;

import org.jspecify.annotations.NullMarked;
