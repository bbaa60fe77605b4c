package dev.berth.store.local;

/**
 * What an optimisation did.
 *
 * @param filesLinked the number of files that became hard links to others of the same content
 * @param bytesFreed the sum of their sizes
 */
public record OptimiseResult(long filesLinked, long bytesFreed) {
    /** Both together. */
    OptimiseResult plus(OptimiseResult other) {
        return new OptimiseResult(filesLinked + other.filesLinked, bytesFreed + other.bytesFreed);
    }
}
