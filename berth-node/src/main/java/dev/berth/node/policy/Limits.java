package dev.berth.node.policy;

import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * How much a namespace may mount on one node. What is empty is not limited.
 *
 * @param closureBytes the sum of the NAR sizes of one volume's closure
 * @param volumes how many volumes may be published at once
 * @param totalBytes the sum of the NAR sizes of the closures of all volumes; a closure that several volumes share counts once
 */
public record Limits(OptionalLong closureBytes, OptionalInt volumes, OptionalLong totalBytes) {
    /** Without limits. */
    public static final Limits NONE = new Limits(OptionalLong.empty(), OptionalInt.empty(), OptionalLong.empty());
}
