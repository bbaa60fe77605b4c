package dev.berth.gateway;

import dev.berth.wire.Transport;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** A transport that knows whether its session waits for the client to ask for something. */
final class OpenSession implements Transport {
    private static final long NOT_READING = Long.MIN_VALUE;

    private final Transport transport;
    private final InputStream in;
    private final OutputStream out;
    // Written by the session's own thread only.
    private volatile long readingSince = NOT_READING;
    private volatile boolean answered = true;

    OpenSession(Transport transport) {
        this.transport = transport;
        this.in = new Input(transport.in());
        this.out = new Output(transport.out());
    }

    /**
     * Whether the client has sent nothing since it got its last answer, for so long. This is so between operations; within
     * one only where the client stops after something was said to it.
     */
    boolean isIdle(long nanos) {
        long since = readingSince;
        return since != NOT_READING && answered && System.nanoTime() - since >= nanos;
    }

    @Override
    public InputStream in() {
        return in;
    }

    @Override
    public OutputStream out() {
        return out;
    }

    @Override
    public String peer() {
        return transport.peer();
    }

    @Override
    public void close() {
        transport.close();
    }

    private final class Input extends InputStream {
        private final InputStream source;

        Input(InputStream source) {
            this.source = source;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            readingSince = System.nanoTime();
            try {
                int count = source.read(bytes, offset, length);
                answered = false;
                return count;
            } finally {
                readingSince = NOT_READING;
            }
        }

        @Override
        public int available() throws IOException {
            return source.available();
        }
    }

    private final class Output extends OutputStream {
        private final OutputStream sink;

        Output(OutputStream sink) {
            this.sink = sink;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            answered = true;
            sink.write(bytes, offset, length);
        }

        @Override
        public void flush() throws IOException {
            sink.flush();
        }
    }
}
