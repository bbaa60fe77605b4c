/**
 * What comes between rendering and applying: bringing the closures that a manifest names to the caches that nodes fetch
 * from, and making sure that they are there.
 */
@NullMarked
package dev.berth.deploy.push;

import org.jspecify.annotations.NullMarked;
