/**
 * Closures for containers that ask for them by annotation or name them in their command or environment: what each is to get, and how it gets there
 * before its process starts. The {@link dev.berth.node.injection.Injector} is the agent's side of the container runtime's plugin interface.
 */
@NullMarked
package dev.berth.node.injection;

import org.jspecify.annotations.NullMarked;
