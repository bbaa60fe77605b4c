/**
 * Stores: what holds store paths ({@link dev.berth.store.Store}), how one is opened by its URI
 * ({@link dev.berth.store.Stores}), and how closures get from one to another ({@link dev.berth.store.ClosureCopy},
 * {@link dev.berth.store.Substituters}).
 */
@NullMarked
package dev.berth.store;

import org.jspecify.annotations.NullMarked;
