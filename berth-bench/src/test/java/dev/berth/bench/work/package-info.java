/** Tests of the work that benchmarks measure. */
@NullMarked
package dev.berth.bench.work;

import org.jspecify.annotations.NullMarked;
