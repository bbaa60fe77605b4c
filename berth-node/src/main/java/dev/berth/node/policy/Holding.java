package dev.berth.node.policy;

/**
 * What a published volume counts for, or a container that has its closure without one.
 *
 * @param closure names what it shows: all of one closure have one name
 * @param bytes the sum of the NAR sizes of that closure
 */
public record Holding(String closure, long bytes) {}
