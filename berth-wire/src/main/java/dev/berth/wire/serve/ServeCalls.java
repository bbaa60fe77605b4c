package dev.berth.wire.serve;

import dev.berth.nix.FormatException;
import dev.berth.nix.StoreDir;
import dev.berth.nix.nar.NarException;
import dev.berth.nix.nar.NarReader;
import dev.berth.nix.nar.NarSink;
import dev.berth.wire.GuardedTransport;
import dev.berth.wire.RemoteException;
import dev.berth.wire.Timeouts;
import dev.berth.wire.Transport;
import dev.berth.wire.Wait;
import dev.berth.wire.WireException;
import dev.berth.wire.WireInput;
import dev.berth.wire.WireOutput;
import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;

/** Requests and answers on one connection, which is closed at the first that does not go through. One thread. */
final class ServeCalls implements AutoCloseable {
    /** Bytes of one answer in memory: path infos of the largest closures. */
    private static final long MAX_ANSWER = 256L << 20;

    private final GuardedTransport transport;
    private final Timeouts timeouts;
    private final WireInput in;
    private final WireOutput out;
    private final Receiving receiving;
    private final Sending sending;
    private ServeCodec codec;

    private ServeCalls(GuardedTransport transport, StoreDir storeDir, Timeouts timeouts) {
        this.transport = transport;
        this.timeouts = timeouts;
        this.receiving = new Receiving(transport.in());
        this.in = new WireInput(receiving, MAX_ANSWER);
        this.sending = new Sending(transport.out());
        this.out = new WireOutput(sending);
        this.codec = new ServeCodec(storeDir, 0);
    }

    /** Writes a request, or a part of one. */
    @FunctionalInterface
    interface Request {
        void write(WireOutput out) throws IOException;
    }

    /** Reads an answer. */
    @FunctionalInterface
    interface Answer<T> {
        T read(WireInput in) throws IOException;
    }

    /** Knows whether it was the connection that failed, and not what is done with what comes. */
    private static final class Receiving extends FilterInputStream {
        private boolean failed;

        Receiving(InputStream in) {
            super(in);
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            boolean done = false;
            try {
                int count = in.read(bytes, offset, length);
                done = count >= 0;
                return count;
            } finally {
                failed |= !done;
            }
        }
    }

    /** Knows whether it was the connection that failed, and not what is sent. */
    private static final class Sending extends FilterOutputStream {
        private boolean failed;

        Sending(OutputStream out) {
            super(out);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            boolean done = false;
            try {
                out.write(bytes, offset, length);
                done = true;
            } finally {
                failed |= !done;
            }
        }

        @Override
        public void flush() throws IOException {
            boolean done = false;
            try {
                out.flush();
                done = true;
            } finally {
                failed |= !done;
            }
        }
    }

    static ServeCalls greet(Transport transport, StoreDir storeDir, Timeouts timeouts) {
        ServeCalls calls =
                new ServeCalls(new GuardedTransport(transport, timeouts.waitForHandshake()), storeDir, timeouts);
        calls.send(out -> {
            out.u64(ServeProtocol.CLIENT_MAGIC);
            out.u64(ServeProtocol.version(ServeProtocol.LATEST));
        });
        int minor = calls.read(in -> {
            if (in.u64() != ServeProtocol.SERVER_MAGIC) {
                throw new WireException("protocol mismatch: there is no 'nix-store --serve'");
            }
            long version = in.u64();
            if (version >>> 8 != ServeProtocol.MAJOR) {
                throw new WireException("version " + (version >>> 8) + "." + (version & 0xff)
                        + " of the serve protocol is not supported");
            }
            return Math.min((int) (version & 0xff), ServeProtocol.LATEST);
        });
        calls.codec = new ServeCodec(storeDir, minor);
        calls.transport.writeWithin(timeouts.waitForReader());
        return calls;
    }

    ServeCodec codec() {
        return codec;
    }

    /** A command whose answer comes soon. */
    <T> T query(ServeProtocol.Command command, Request request, Answer<T> answer) {
        send(to -> {
            to.u64(command.number());
            request.write(to);
        });
        return answer(timeouts.waitForAnswer(), answer);
    }

    /** The answer to a command that may take long. */
    <T> T work(Answer<T> answer) {
        return answer(timeouts.waitForWork(), answer);
    }

    private <T> T answer(Wait first, Answer<T> answer) {
        transport.readWithin(first);
        return read(in -> {
            in.startMessage();
            if (in.atEnd()) {
                throw new WireException("the connection was closed");
            }
            transport.readWithin(timeouts.waitForRest());
            return answer.read(in);
        });
    }

    /** Reads something. */
    <T> T read(Answer<T> answer) {
        boolean done = false;
        try {
            T result = answer.read(in);
            done = true;
            return result;
        } catch (IOException | FormatException e) {
            throw lost(e);
        } finally {
            if (!done) {
                transport.close();
            }
        }
    }

    /** Reads a NAR for a sink. @throws IOException if the sink fails; the connection is closed then, too */
    void receive(NarSink sink) throws IOException {
        boolean done = false;
        try {
            NarReader.embedded(in.stream()).sendTo(sink);
            done = true;
        } catch (NarException | WireException e) {
            throw lost(e);
        } catch (IOException e) {
            if (receiving.failed) {
                throw lost(e);
            }
            throw e;
        } finally {
            if (!done) {
                transport.close();
            }
        }
    }

    /** Sends something that this side makes, with nothing that can fail but the connection. */
    void send(Request request) {
        try {
            stream(request);
        } catch (IOException e) {
            throw lost(e);
        }
    }

    /** Sends something and flushes it. @throws IOException if its source fails; the connection is closed then, too */
    void stream(Request request) throws IOException {
        boolean done = false;
        try {
            request.write(out);
            out.flush();
            done = true;
        } catch (IOException e) {
            if (sending.failed) {
                throw lost(e);
            }
            throw e;
        } finally {
            if (!done) {
                transport.close();
            }
        }
    }

    private RemoteException lost(Exception e) {
        String message = e.getMessage() == null ? e.toString() : e.getMessage();
        RemoteException lost = new RemoteException(message, 0, List.of(), true);
        lost.initCause(e);
        return lost;
    }

    @Override
    public void close() {
        transport.close();
    }
}
