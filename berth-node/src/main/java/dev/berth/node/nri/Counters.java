package dev.berth.node.nri;

import java.util.concurrent.atomic.LongAdder;

/** What has come over all connections of a plugin. */
final class Counters {
    final LongAdder connects = new LongAdder();
    final LongAdder creates = new LongAdder();
    final LongAdder refusals = new LongAdder();
    final LongAdder late = new LongAdder();
    final LongAdder events = new LongAdder();
}
