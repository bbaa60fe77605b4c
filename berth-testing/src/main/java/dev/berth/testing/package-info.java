/** What the tests of several modules share. Nothing here is part of Berth itself. */
@NullMarked
package dev.berth.testing;

import org.jspecify.annotations.NullMarked;
