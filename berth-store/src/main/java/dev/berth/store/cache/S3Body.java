package dev.berth.store.cache;

import dev.berth.store.StoreException.Kind;
import java.io.IOException;
import java.io.InputStream;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/** An object whose connection may break: it goes on where it broke, as long as the object is still the same. */
final class S3Body extends InputStream {
    /** However often an object makes some progress, it may not break more often than this. */
    private static final int MOST_BREAKS = 50;

    private final S3Transport transport;
    private final String name;
    private final String tag;
    private final long end;
    private ResponseInputStream<GetObjectResponse> body;
    private long position;
    private int failures;
    private int breaks;

    /** @param offset in the object, of the first byte of the answer */
    S3Body(S3Transport transport, String name, long offset, ResponseInputStream<GetObjectResponse> first) {
        this.transport = transport;
        this.name = name;
        this.body = first;
        this.position = offset;
        this.tag = first.response().eTag() == null ? "" : first.response().eTag();
        this.end = offset + first.response().contentLength();
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
        while (position < end) {
            IOException broken;
            try {
                int count = body.read(bytes, offset, length);
                if (count > 0) {
                    position += count;
                    failures = 0;
                    return count;
                }
                broken = new IOException("it ended after " + position + " of " + end + " bytes");
            } catch (IOException e) {
                broken = e;
            }
            resume(broken);
        }
        return -1;
    }

    private void resume(IOException broken) throws IOException {
        body.abort();
        if (++failures > transport.retries() || ++breaks > MOST_BREAKS || tag.isEmpty()) {
            throw new TransportException(
                    Kind.ofSilence(broken),
                    transport.describe("reading", name) + ": " + HttpFailure.reason(broken),
                    true,
                    broken);
        }
        HttpExchange.pause(failures);
        body = transport.reopen(name, position, tag);
    }

    @Override
    public void close() throws IOException {
        if (position < end) {
            // Closing would read the rest.
            body.abort();
        } else {
            body.close();
        }
    }
}
