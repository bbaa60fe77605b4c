/**
 * What Nix's worker and serve protocols share: primitives on streams, versions, errors, and the operations that both ask
 * a store for. No policy, and no store: {@link dev.berth.wire.StoreOperations} is implemented by whoever has one.
 */
@NullMarked
package dev.berth.wire;

import org.jspecify.annotations.NullMarked;
