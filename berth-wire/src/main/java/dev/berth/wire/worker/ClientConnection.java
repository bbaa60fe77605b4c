package dev.berth.wire.worker;

import dev.berth.nix.FormatException;
import dev.berth.nix.StoreDir;
import dev.berth.wire.FramedOutput;
import dev.berth.wire.GuardedTransport;
import dev.berth.wire.LogEvent;
import dev.berth.wire.LogSink;
import dev.berth.wire.RemoteException;
import dev.berth.wire.Timeouts;
import dev.berth.wire.Wait;
import dev.berth.wire.WireException;
import dev.berth.wire.WireInput;
import dev.berth.wire.WireOutput;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/**
 * A connection to a daemon after the handshake, and how operations go over it, one at a time. An error that the daemon
 * tells leaves it good; whatever else goes wrong in the middle of an exchange closes it.
 */
final class ClientConnection {
    private final GuardedTransport transport;
    private final Timeouts timeouts;
    private final WireInput in;
    private final WireOutput out;
    private final ServerGreeting greeting;
    private volatile LogSink log;
    private volatile boolean closed;

    /** Writes a request's arguments. */
    @FunctionalInterface
    interface Request {
        void write(WireOutput out) throws IOException;
    }

    /** Reads an answer. */
    @FunctionalInterface
    interface Answer<T> {
        T read(WireInput in) throws IOException;
    }

    /** Streams what is uploaded. */
    @FunctionalInterface
    interface Upload {
        void sendTo(OutputStream out) throws IOException;
    }

    /** A part of an exchange. */
    @FunctionalInterface
    interface Step<T> {
        T run() throws IOException;
    }

    ClientConnection(
            GuardedTransport transport,
            Timeouts timeouts,
            WireInput in,
            WireOutput out,
            ServerGreeting greeting,
            LogSink log) {
        this.transport = transport;
        this.timeouts = timeouts;
        this.in = in;
        this.out = out;
        this.greeting = greeting;
        this.log = log;
        transport.writeWithin(timeouts.waitForReader());
    }

    ServerGreeting greeting() {
        return greeting;
    }

    Dialect dialect() {
        return greeting.dialect();
    }

    StoreDir storeDir() {
        return dialect().storeDir();
    }

    Timeouts timeouts() {
        return timeouts;
    }

    WireOutput out() {
        return out;
    }

    boolean isClosed() {
        return closed;
    }

    void log(LogSink sink) {
        log = sink;
    }

    void close() {
        closed = true;
        transport.close();
    }

    /** Asks a question that is answered at once. */
    <T> T ask(Operation operation, Request request, Answer<T> answer) {
        return exchange(operation, timeouts.waitForAnswer(), request, answer);
    }

    /** Has something done that may take its time. */
    <T> T work(Operation operation, Request request, Answer<T> answer) {
        return exchange(operation, timeouts.waitForWork(), request, answer);
    }

    /** Has something done that is answered by 1. */
    void workForOne(Operation operation, Request request) {
        work(operation, request, WireInput::u64);
    }

    private <T> T exchange(Operation operation, Wait wait, Request request, Answer<T> answer) {
        return whole(() -> {
            send(operation, request);
            await(wait);
            return answer.read(in);
        });
    }

    /**
     * Runs an exchange. What fails in it closes the connection, except for errors that the daemon told.
     *
     * @throws RemoteException for everything that fails
     */
    <T> T whole(Step<T> exchange) {
        try {
            return orClose(exchange);
        } catch (IOException | FormatException e) {
            throw lost(e);
        }
    }

    /** As {@link #whole}, for what may fail for reasons of the caller's: that is thrown as it is. */
    <T> T orClose(Step<T> exchange) throws IOException {
        boolean good = false;
        try {
            T value = exchange.run();
            good = true;
            return value;
        } catch (DaemonErrorException e) {
            good = true;
            throw e.error();
        } finally {
            if (!good) {
                close();
            }
        }
    }

    private RemoteException lost(Exception cause) {
        close();
        RemoteException lost = new RemoteException(
                "connection to " + transport.peer() + " lost: " + cause.getMessage(), 0, List.of(), true);
        lost.initCause(cause);
        return lost;
    }

    /** An error that the daemon told, on its way out of an exchange. */
    static final class DaemonErrorException extends IOException {
        private final RemoteException error;

        DaemonErrorException(RemoteException error) {
            super(error.getMessage(), error);
            this.error = error;
        }

        RemoteException error() {
            return error;
        }
    }

    /**
     * Checks that the protocol can say something, before anything is sent.
     *
     * @throws RemoteException if it can't, as if the daemon had refused
     */
    static void sayable(Runnable check) {
        try {
            check.run();
        } catch (FormatException e) {
            RemoteException unsayable = new RemoteException(String.valueOf(e.getMessage()), 0, List.of(), false);
            unsayable.initCause(e);
            throw unsayable;
        }
    }

    /** Writes a request, to be flushed with others or by {@link #await}. */
    void send(Operation operation, Request request) throws IOException {
        if (closed) {
            throw new WireException("it is closed");
        }
        out.u64(operation.code());
        request.write(out);
    }

    /**
     * Flushes, and takes what the daemon says up to its answer, which comes next.
     *
     * @throws DaemonErrorException if there is none, as the operation has failed
     */
    void await(Wait wait) throws IOException {
        out.flush();
        conclude(hear(wait));
    }

    private static void conclude(Heard heard) throws IOException {
        switch (heard) {
            case Heard.Last _ -> {}
            case Heard.Failed(RemoteException error) -> throw new DaemonErrorException(error);
            case Heard.Wanted _ -> throw new WireException("the daemon asks for an upload where there is none");
        }
    }

    <T> T read(Answer<T> answer) throws IOException {
        return answer.read(in);
    }

    /** Takes what the daemon says, and waits so long for each of its words. */
    Heard hear(Wait wait) throws IOException {
        while (true) {
            if (in.buffered() < 8) {
                transport.readWithin(wait);
            }
            in.startMessage();
            long code = in.u64();
            transport.readWithin(timeouts.waitForRest());
            if (code == Stderr.LAST) {
                return new Heard.Last();
            }
            if (!take(code)) {
                return finalWord(code);
            }
        }
    }

    /** As {@link #hear}, while somebody else says how long may be waited. */
    private Heard hearDuringUpload() throws IOException {
        while (true) {
            in.startMessage();
            long code = in.u64();
            if (!take(code)) {
                return finalWord(code);
            }
        }
    }

    private boolean take(long code) throws IOException {
        if (code == Stderr.LAST || code == Stderr.ERROR || code == Stderr.READ) {
            return false;
        }
        LogEvent event = LogCodec.read(in, code);
        log.log(event);
        return true;
    }

    private Heard finalWord(long code) throws IOException {
        return code == Stderr.LAST
                ? new Heard.Last()
                : code == Stderr.READ ? new Heard.Wanted(in.u64()) : new Heard.Failed(ErrorCodec.read(in, dialect()));
    }

    /**
     * Sends an upload in frames and reads the answer.
     *
     * @param delimited whether the daemon notices an upload that breaks off; if not, the connection is closed when the
     *     source fails, lest a part is taken for the whole
     * @throws IOException if the source fails
     * @throws RemoteException if the daemon does
     */
    <T> T upload(Operation operation, Request request, boolean delimited, Upload upload, Answer<T> answer)
            throws IOException {
        UploadListener listener = whole(() -> {
            send(operation, request);
            out.flush();
            // That the daemon goes on is watched on the other direction.
            transport.readWithin(Wait.unlimited("the end of an upload"));
            return new UploadListener(this::hearDuringUpload);
        });
        FramedOutput frames = new FramedOutput(out, listener::check);
        try {
            upload.sendTo(frames);
            frames.finish();
        } catch (IOException | RuntimeException e) {
            breakOff(frames, listener, delimited);
            throw e;
        }
        return whole(() -> {
            transport.readWithin(timeouts.waitForWork());
            conclude(listener.last());
            return answer.read(in);
        });
    }

    /** Ends an upload whose source has failed, or which the daemon does not want; the latter is thrown. */
    private void breakOff(FramedOutput frames, UploadListener listener, boolean delimited) {
        boolean refused = listener.isRefused();
        if (!refused && !delimited) {
            close();
            return;
        }
        whole(() -> {
            try {
                frames.abort();
            } catch (IOException e) {
                // A daemon that closes has mostly said why.
                transport.readWithin(timeouts.waitForRest());
                conclude(listener.last());
                throw e;
            }
            transport.readWithin(timeouts.waitForWork());
            Heard last = listener.last();
            if (refused) {
                conclude(last);
            }
            return last;
        });
    }
}
