/** The work that benchmarks measure: trees and closures that are made from numbers, the same ones on every machine. */
@NullMarked
package dev.berth.bench.work;

import org.jspecify.annotations.NullMarked;
