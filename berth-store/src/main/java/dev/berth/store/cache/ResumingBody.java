package dev.berth.store.cache;

import dev.berth.store.StoreException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.Optional;
import java.util.OptionalLong;

/** A file over HTTP whose connection may break: it goes on where it broke, as long as the file is still the same. */
final class ResumingBody extends InputStream {
    /** However often a file makes some progress, it may not break more often than this. */
    private static final int MOST_BREAKS = 50;

    private final HttpTransport transport;
    private final URI url;
    private final OptionalLong total;
    private final String validator;
    private final String encoding;
    private InputStream body;
    private long position;
    private int failures;
    private int breaks;

    /** @param first the answer to the first request, whose body begins where reading begins */
    ResumingBody(HttpTransport transport, URI url, HttpAnswer first) {
        this.position = first.offset();
        this.transport = transport;
        this.url = url;
        this.total = first.total();
        this.validator = first.validator();
        this.encoding = first.encoding();
        this.body = first.body();
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        while (true) {
            try {
                int count = body.read(bytes, offset, length);
                if (count >= 0) {
                    position += count;
                    failures = 0;
                    return count;
                }
                if (total.isEmpty() || position >= total.getAsLong()) {
                    return -1;
                }
                throw new TransportException(
                        Kind.UNAVAILABLE,
                        url + " ended after " + position + " of " + total.getAsLong() + " bytes",
                        true);
            } catch (TransportException e) {
                resume(e);
            }
        }
    }

    private void resume(TransportException broken) throws IOException {
        TransportException last = broken;
        while (true) {
            body.close();
            if (!last.mayPass() || ++failures > transport.retries() || ++breaks > MOST_BREAKS) {
                throw last;
            }
            HttpExchange.pause(failures);
            try {
                body = reopened();
                return;
            } catch (TransportException e) {
                last = e;
            }
        }
    }

    private InputStream reopened() throws IOException {
        Optional<HttpAnswer> answer = transport.request(url, position, validator);
        if (answer.isEmpty()) {
            throw new TransportException(Kind.UNAVAILABLE, url + " vanished while it was read", false);
        }
        InputStream again = answer.get().body();
        try {
            if (!isSame(answer.get())) {
                throw new TransportException(Kind.UNAVAILABLE, url + " changed while it was read", false);
            }
            again.skipNBytes(position - answer.get().offset());
            return again;
        } catch (IOException e) {
            again.close();
            throw e;
        }
    }

    /** Whether an answer is of the file that was begun: no validator or size that is told differs, and one is told. */
    private boolean isSame(HttpAnswer answer) {
        boolean sizes = total.isEmpty() || answer.total().isEmpty() || total.equals(answer.total());
        boolean known = !validator.isEmpty() || total.isPresent();
        return known
                && sizes
                && answer.offset() <= position
                && answer.validator().equals(validator)
                && answer.encoding().equals(encoding);
    }

    @Override
    public void close() throws IOException {
        body.close();
    }
}
