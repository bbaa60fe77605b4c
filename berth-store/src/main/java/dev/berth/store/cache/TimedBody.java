package dev.berth.store.cache;

import dev.berth.store.StoreException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The body of an HTTP answer as a stream that does not wait for ever: the server must send {@value #QUOTA} bytes within
 * each span of waiting, or the read fails. The time that the reader takes does not count. A few pieces are held at most.
 */
final class TimedBody extends InputStream implements HttpResponse.BodySubscriber<InputStream> {
    /** What keeps a connection alive: more than a trickle. */
    static final int QUOTA = 1024;

    private static final int PIECES = 16;

    /** INVARIANT: holds at most {@link #PIECES} pieces and one end, as no more are asked for. */
    private final BlockingQueue<Piece> queue = new LinkedBlockingQueue<>();

    private final String url;
    private final long patience;
    private final Runnable atEnd;
    private volatile Flow.@Nullable Subscription subscription;
    private volatile boolean closed;
    private long waited;
    private long received;
    private List<ByteBuffer> current = List.of();
    private int index;
    private boolean ended;

    private sealed interface Piece {
        record Bytes(List<ByteBuffer> buffers) implements Piece {}

        record End(@Nullable Throwable failure) implements Piece {}
    }

    /** @param atEnd run once, when the body has ended or was closed */
    TimedBody(String url, Duration patience, Runnable atEnd) {
        this.url = url;
        this.atEnd = atEnd;
        this.patience = patience.toNanos();
    }

    @Override
    public CompletionStage<InputStream> getBody() {
        return CompletableFuture.completedStage(this);
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
        subscription = given;
        if (closed) {
            given.cancel();
        } else {
            given.request(PIECES);
        }
    }

    @Override
    public void onNext(List<ByteBuffer> item) {
        queue.add(new Piece.Bytes(item));
    }

    @Override
    public void onError(Throwable throwable) {
        queue.add(new Piece.End(throwable));
    }

    @Override
    public void onComplete() {
        queue.add(new Piece.End(null));
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
        while (true) {
            while (index < current.size()) {
                ByteBuffer buffer = current.get(index);
                if (buffer.hasRemaining()) {
                    int count = Math.min(length, buffer.remaining());
                    buffer.get(bytes, offset, count);
                    return count;
                }
                index++;
            }
            if (ended || !next()) {
                return -1;
            }
        }
    }

    private boolean next() throws IOException {
        switch (await()) {
            case Piece.Bytes bytes -> {
                current = bytes.buffers();
                index = 0;
                for (ByteBuffer buffer : current) {
                    received += buffer.remaining();
                }
                if (received >= QUOTA) {
                    received = 0;
                    waited = 0;
                }
                Flow.Subscription given = subscription;
                if (given != null) {
                    given.request(1);
                }
                return true;
            }
            case Piece.End end -> {
                end();
                if (end.failure() != null) {
                    throw new TransportException(
                            Kind.UNAVAILABLE,
                            url + " broke off (" + HttpFailure.reason(end.failure()) + ")",
                            true,
                            end.failure());
                }
                return false;
            }
        }
    }

    private Piece await() throws IOException {
        long start = System.nanoTime();
        Piece piece;
        try {
            piece = queue.poll(Math.max(0, patience - waited), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("reading " + url + " was interrupted").initCause(e);
        }
        waited += System.nanoTime() - start;
        if (piece == null) {
            throw new TransportException(
                    Kind.SLOW,
                    url + " stalled: it sent less than " + QUOTA + " bytes within "
                            + HttpFailure.seconds(Duration.ofNanos(patience)),
                    true,
                    new HttpTimeoutException("stalled"));
        }
        return piece;
    }

    /** Gives the connection up if the body was not read to its end. */
    @Override
    public void close() {
        if (!ended) {
            end();
            closed = true;
            Flow.Subscription given = subscription;
            if (given != null) {
                given.cancel();
            }
        }
    }

    private void end() {
        ended = true;
        current = List.of();
        atEnd.run();
    }
}
