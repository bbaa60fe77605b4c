package dev.berth.wire.worker;

import dev.berth.nix.StoreDir;
import dev.berth.wire.FramedInput;
import dev.berth.wire.StoreOperations;
import dev.berth.wire.WireInput;
import dev.berth.wire.WireOutput;
import java.io.IOException;

/**
 * One client after the handshake, and how its operations are answered.
 *
 * @param watched tells whether the client leaves
 * @param in arguments and uploads
 * @param out answers, while no operation works
 * @param log what is said meanwhile
 * @param dialect of both
 * @param ops the store
 * @param trusted whether the client may do everything
 * @param maxMessage bytes of arguments that may be held
 */
record ServerConnection(
        WatchedInput watched,
        WireInput in,
        WireOutput out,
        TunnelLog log,
        Dialect dialect,
        StoreOperations ops,
        boolean trusted,
        long maxMessage) {
    /** What the store does. */
    @FunctionalInterface
    interface Work<T> {
        T run() throws IOException;
    }

    /** What the store does with what the client streams. */
    @FunctionalInterface
    interface FramedWork<T> {
        T run(FramedInput upload) throws IOException;
    }

    /** Writes the answer. */
    @FunctionalInterface
    interface Answer<T> {
        void write(T value) throws IOException;
    }

    StoreDir storeDir() {
        return dialect.storeDir();
    }

    /** Works and answers. What the work throws is sent by the session, which goes on. */
    <T> void work(Work<T> work, Answer<T> answer) throws IOException {
        log.startWork();
        T value = work.run();
        log.stopWork();
        answer.write(value);
    }

    /** As {@link #work}, of what may take long: it is interrupted if the client leaves meanwhile. */
    <T> void workLong(Work<T> work, Answer<T> answer) throws IOException {
        work(
                () -> {
                    try (WatchedInput.Watch _ = watched.watch()) {
                        return work.run();
                    }
                },
                answer);
    }

    /** As {@link #workLong}, and answers 1. */
    void workLongThenOne(Runnable work) throws IOException {
        workLong(
                () -> {
                    work.run();
                    return 1L;
                },
                out::u64);
    }

    /** Works, and answers 1 as most operations without a result do. */
    void workThenOne(Runnable work) throws IOException {
        work(
                () -> {
                    work.run();
                    return 1L;
                },
                out::u64);
    }

    /**
     * Works on an upload and answers. What the work throws is sent at once, so that the client can stop, and the rest of
     * the upload is dropped; the session goes on.
     */
    <T> void workFramed(FramedWork<T> work, Answer<T> answer) throws IOException {
        log.startWork();
        FramedInput upload = new FramedInput(in);
        T value;
        try {
            value = work.run(upload);
        } catch (IOException | RuntimeException | StackOverflowError | OutOfMemoryError e) {
            log.fail(e);
            drain(upload);
            return;
        }
        upload.drain();
        log.stopWork();
        answer.write(value);
    }

    private static void drain(FramedInput upload) throws BrokenAnswerException {
        try {
            upload.drain();
        } catch (IOException e) {
            // The client has its error already.
            throw new BrokenAnswerException(e);
        }
    }
}
