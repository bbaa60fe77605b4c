/** Configuration files of the programs that use stores: mappings of YAML read key by key, and what such files say of stores. */
@NullMarked
package dev.berth.store.config;

import org.jspecify.annotations.NullMarked;
