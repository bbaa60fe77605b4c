package dev.berth.store.cache;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/** What a server did to a file to send it, as for narinfo files that are stored compressed. */
final class ContentEncoding {
    /** Nothing. */
    static final String IDENTITY = "identity";

    private ContentEncoding() {}

    /**
     * Undoes it.
     *
     * @param body is closed if this fails
     * @param encoding as the header names it; may be empty
     * @param url for messages
     */
    static InputStream undo(InputStream body, String encoding, String url) throws IOException {
        String name = encoding.startsWith("x-") ? encoding.substring(2) : encoding;
        if (name.equals(IDENTITY) || name.isEmpty()) {
            return body;
        }
        Optional<Compression> compression = Compression.of(name);
        if (compression.isEmpty()) {
            body.close();
            throw new IOException(url + " has the content encoding '" + name + "', which is not known; known are "
                    + Compression.names());
        }
        try {
            return compression.get().decode(body);
        } catch (IOException e) {
            body.close();
            throw e;
        }
    }
}
