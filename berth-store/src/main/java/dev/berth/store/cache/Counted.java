package dev.berth.store.cache;

import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.function.LongConsumer;

/** Counts what is read, refuses more than was announced, and hashes it where asked. */
final class Counted extends InputStream {
    private final InputStream in;
    private final String what;
    private final long limit;
    private final Optional<MessageDigest> digest;
    private final LongConsumer progress;
    private long count;

    /**
     * @param what is read, for the message
     * @param limit the most bytes that may come
     * @param progress is told after each read how many came so far
     */
    Counted(InputStream in, String what, long limit, Optional<MessageDigest> digest, LongConsumer progress) {
        this.in = in;
        this.what = what;
        this.limit = limit;
        this.digest = digest;
        this.progress = progress;
    }

    long count() {
        return count;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        int got = in.read(buffer, offset, length);
        if (got > 0) {
            count += got;
            if (count > limit) {
                throw new IOException(what + " is longer than the " + limit + " bytes that were announced");
            }
            if (digest.isPresent()) {
                digest.get().update(buffer, offset, got);
            }
            progress.accept(count);
        }
        return got;
    }

    /** Reads to the end. */
    void drain() throws IOException {
        byte[] rest = new byte[8 << 10];
        int got;
        do {
            got = read(rest, 0, rest.length);
        } while (got >= 0);
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
