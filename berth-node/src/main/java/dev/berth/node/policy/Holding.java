package dev.berth.node.policy;

/**
 * What a published volume counts for.
 *
 * @param closure names what it shows: volumes of one closure have one name
 * @param bytes the sum of the NAR sizes of that closure
 */
public record Holding(String closure, long bytes) {}
