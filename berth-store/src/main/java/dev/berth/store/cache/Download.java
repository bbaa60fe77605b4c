package dev.berth.store.cache;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/**
 * The file of a NAR while it is read. One thread.
 *
 * @param body the file; empty if the cache has no such file
 * @param kept how many bytes of it, as the cache has it, an earlier try left
 * @param part where it is kept for a later try, if it is
 */
record Download(Optional<InputStream> body, long kept, Optional<DownloadPart> part) implements AutoCloseable {
    static Download of(Optional<InputStream> body) {
        return new Download(body, 0, Optional.empty());
    }

    /** It is of no use for a later try: it was read to its end, or is wrong. */
    void discard() {
        part.ifPresent(DownloadPart::discard);
    }

    @Override
    public void close() throws IOException {
        try {
            if (body.isPresent()) {
                body.get().close();
            }
        } finally {
            part.ifPresent(DownloadPart::close);
        }
    }
}
