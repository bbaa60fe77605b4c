package dev.berth.nix.nar;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Runs a source in a thread of its own, ahead of the sink by at most 768 KiB, so that reading and writing (or hashing, or
 * compressing) go on at once. It pays from about a megabyte on; below, the thread costs more than it saves.
 *
 * <p>The source's exceptions come out of {@link #sendTo} as they are. If the sink throws, the source's thread is
 * interrupted, which closes a network stream that it waits for, and given ten seconds to end; everything that the source
 * waits for must have a deadline of its own. What the source has counted or hashed can be asked for afterwards.
 */
public final class ReadAhead implements NarSource {
    private static final int BATCHES = 6;
    private static final long PATIENCE_MILLIS = 10_000;

    private final NarSource source;

    /** @param source told at most as often as this */
    public ReadAhead(NarSource source) {
        this.source = source;
    }

    @Override
    public void sendTo(NarSink sink) throws IOException {
        Exchange exchange = new Exchange();
        // A platform thread: reading files by native calls would hold on to a carrier of virtual ones.
        Thread thread = Thread.ofPlatform().daemon().name("berth-read-ahead").start(() -> exchange.produce(source));
        try {
            exchange.consume(sink);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("interrupted while waiting for a NAR").initCause(e);
        } finally {
            end(thread);
        }
    }

    private static void end(Thread thread) {
        if (!thread.isAlive()) {
            return;
        }
        thread.interrupt();
        try {
            thread.join(PATIENCE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The batches between the two threads; each is full, free, or in the hands of one of them. */
    private static final class Exchange implements EventBatch.Overflow {
        private final BlockingQueue<EventBatch> full = new ArrayBlockingQueue<>(BATCHES + 2);
        private final BlockingQueue<EventBatch> free = new ArrayBlockingQueue<>(BATCHES);

        /** Why the source ended, set before the last batch is handed over. */
        private volatile @Nullable Throwable failure;

        /** How many batches there are; the encoder has the first. */
        private int made = 1;

        void produce(NarSource source) {
            EventBatch.Encoder encoder = new EventBatch.Encoder(this);
            try {
                source.sendTo(encoder);
                full.add(encoder.batch());
            } catch (Throwable t) {
                // Everything, errors too, is the business of the thread that called.
                failure = t;
                // There is no room only after an interrupt, when nobody takes anything any more.
                full.offer(encoder.batch());
            }
            full.offer(EventBatch.END);
        }

        @Override
        public EventBatch next(EventBatch batch) throws IOException {
            full.add(batch);
            try {
                if (made < BATCHES) {
                    made++;
                    return new EventBatch();
                }
                return free.take();
            } catch (InterruptedException e) {
                throw (IOException) new InterruptedIOException("the reader of a NAR has gone").initCause(e);
            }
        }

        void consume(NarSink sink) throws IOException, InterruptedException {
            for (EventBatch batch = full.take(); batch != EventBatch.END; batch = full.take()) {
                batch.replay(sink);
                free.add(batch);
            }
            switch (failure) {
                case null -> {}
                case IOException e -> throw e;
                case RuntimeException e -> throw e;
                case Error e -> throw e;
                case Throwable t -> throw new IllegalStateException(t);
            }
        }
    }
}
