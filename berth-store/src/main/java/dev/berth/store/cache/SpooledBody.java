package dev.berth.store.cache;

import java.io.IOException;
import java.io.InputStream;

/** A file whose beginning an earlier try left, and whose rest comes from the server and is kept, too. Closes the rest. */
final class SpooledBody extends InputStream {
    private final DownloadPart part;
    private final InputStream kept;
    private final InputStream rest;
    private boolean inRest;

    /** @param rest what follows the bytes that the part has now */
    SpooledBody(DownloadPart part, InputStream rest) {
        this.part = part;
        this.kept = part.read();
        this.rest = rest;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (!inRest) {
            int got = kept.read(bytes, offset, length);
            if (got > 0) {
                return got;
            }
            inRest = true;
        }
        int got = rest.read(bytes, offset, length);
        if (got > 0) {
            part.append(bytes, offset, got);
        }
        return got;
    }

    @Override
    public void close() throws IOException {
        rest.close();
    }
}
