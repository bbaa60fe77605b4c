/** Tests of what comes between rendering and applying. */
@org.jspecify.annotations.NullMarked
package dev.berth.deploy.push;
