package dev.berth.store.cache;

/** Is told how far the download of one file is. */
@FunctionalInterface
public interface DownloadProgress {
    /** Takes no notice. */
    DownloadProgress NONE = (_, _, _) -> {};

    /**
     * More of the file is there.
     *
     * @param more bytes that came from the cache since it was last told
     * @param bytes of the file so far, with what an earlier try had left
     * @param ofBytes the size of the file; 0 if the cache does not say it
     */
    void downloaded(long more, long bytes, long ofBytes);
}
