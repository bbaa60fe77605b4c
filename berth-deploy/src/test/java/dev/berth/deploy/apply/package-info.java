/** Tests of deploying. */
@NullMarked
package dev.berth.deploy.apply;

import org.jspecify.annotations.NullMarked;
