package dev.berth.wire.worker;

import dev.berth.nix.FormatException;
import dev.berth.nix.StoreDir;
import dev.berth.wire.FramedOutput;
import dev.berth.wire.GuardedTransport;
import dev.berth.wire.LogSink;
import dev.berth.wire.RemoteException;
import dev.berth.wire.Timeouts;
import dev.berth.wire.Transport;
import dev.berth.wire.Wait;
import dev.berth.wire.WireException;
import dev.berth.wire.WireInput;
import dev.berth.wire.WireOutput;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Set;

/**
 * A connection to a daemon after the handshake, and how operations go over it, one at a time. An error that the daemon
 * tells leaves it good; whatever else goes wrong in the middle of an exchange closes it.
 */
final class ClientConnection {
    /** What one answer may take in memory: all paths of a large store. */
    private static final long MAX_MESSAGE = 512L << 20;

    private final GuardedTransport transport;
    private final Timeouts timeouts;
    private final WireInput in;
    private final WireOutput out;
    private final ServerGreeting greeting;
    private final DaemonVoice voice;
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

    private ClientConnection(
            GuardedTransport transport, Timeouts timeouts, WireInput in, WireOutput out, ServerGreeting greeting) {
        this.transport = transport;
        this.timeouts = timeouts;
        this.in = in;
        this.out = out;
        this.greeting = greeting;
        this.voice = new DaemonVoice(transport, timeouts, in, greeting.dialect());
        transport.writeWithin(timeouts.waitForReader());
    }

    /**
     * Shakes hands.
     *
     * @param transport closed with the connection, or if this fails
     * @param newest the newest protocol that is offered
     * @throws RemoteException if the daemon refuses, or the peer is none
     */
    static ClientConnection open(
            Transport transport, StoreDir storeDir, Timeouts timeouts, int newest, Set<String> features) {
        GuardedTransport guarded = new GuardedTransport(transport, timeouts.waitForHandshake());
        boolean good = false;
        try {
            WireInput in = new WireInput(guarded.in(), MAX_MESSAGE);
            WireOutput out = new WireOutput(guarded.out());
            ServerGreeting greeting = new ClientHandshake(in, out).agree(storeDir, newest, features);
            ClientConnection connection = new ClientConnection(guarded, timeouts, in, out, greeting);
            connection.await(timeouts.waitForHandshake());
            good = true;
            return connection;
        } catch (IOException | FormatException e) {
            RemoteException failed = new RemoteException(
                    "cannot open connection to " + transport.peer() + ": " + e.getMessage(), 0, List.of(), true);
            failed.initCause(e);
            throw failed;
        } finally {
            if (!good) {
                guarded.close();
            }
        }
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
        voice.log(sink);
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
        voice.hear(wait).conclude();
    }

    /** As {@link DaemonVoice#hear}. */
    Heard hear(Wait wait) throws IOException {
        return voice.hear(wait);
    }

    <T> T read(Answer<T> answer) throws IOException {
        return answer.read(in);
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
            return new UploadListener(voice::hearDuringUpload);
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
            listener.last().conclude();
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
                listener.last().conclude();
                throw e;
            }
            transport.readWithin(timeouts.waitForWork());
            Heard last = listener.last();
            if (refused) {
                last.conclude();
            }
            return last;
        });
    }
}
