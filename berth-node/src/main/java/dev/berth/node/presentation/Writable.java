package dev.berth.node.presentation;

import java.nio.file.Path;

/**
 * The writable layer of a volume.
 *
 * @param source what the mount table shows as the source of the mount
 * @param upper the directory that takes what is written
 * @param work an empty directory on the same file system
 */
public record Writable(String source, Path upper, Path work) {}
