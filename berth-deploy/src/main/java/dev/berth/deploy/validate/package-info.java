/**
 * Checking objects before a cluster sees them: on an API server that is started for it, with an etcd of its own, and thrown away
 * again, and against the schemas of that server.
 */
@NullMarked
package dev.berth.deploy.validate;

import org.jspecify.annotations.NullMarked;
