package dev.berth.node.policy;

import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * How much a namespace may mount on one node. What is empty is not limited.
 *
 * @param closureBytes the sum of the NAR sizes of one closure
 * @param volumes how many volumes, and containers that have a closure without one, there may be at once
 * @param totalBytes the sum of the NAR sizes of the closures of all of these; a closure that several share counts once
 */
public record Limits(OptionalLong closureBytes, OptionalInt volumes, OptionalLong totalBytes) {
    /** Without limits. */
    public static final Limits NONE = new Limits(OptionalLong.empty(), OptionalInt.empty(), OptionalLong.empty());
}
