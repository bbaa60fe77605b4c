package dev.berth.store.cache;

import dev.berth.store.StoreException.Kind;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * What waits to be sent: kept in memory while it is small, else in a file of the temporary directory that has no name any
 * more, so that nothing is left of it however the process ends. Written by one thread, then read by any number.
 */
final class Spool extends OutputStream {
    /** What is kept in memory. */
    static final int IN_MEMORY = 64 << 10;

    private ByteArrayOutputStream small = new ByteArrayOutputStream(1 << 10);
    private @Nullable FileChannel file;
    private long size;

    /** Where large ones lie: {@code TMPDIR}, as for Nix, or else what the JVM says. */
    private static Path directory() {
        String chosen = System.getenv("TMPDIR");
        return Path.of(chosen == null || chosen.isEmpty() ? System.getProperty("java.io.tmpdir", "/tmp") : chosen);
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        if (file == null && size + length > IN_MEMORY) {
            file = overflow();
        }
        if (file == null) {
            small.write(bytes, offset, length);
        } else {
            put(file, ByteBuffer.wrap(bytes, offset, length));
        }
        size += length;
    }

    private FileChannel overflow() throws IOException {
        Path directory = directory();
        try {
            Path path = Files.createTempFile(directory, "berth-upload-", "");
            FileChannel opened;
            try {
                opened = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
            } finally {
                Files.delete(path);
            }
            put(opened, ByteBuffer.wrap(small.toByteArray()));
            small = new ByteArrayOutputStream(0);
            return opened;
        } catch (IOException e) {
            throw cannot("make a temporary file in " + directory, e);
        }
    }

    private static void put(FileChannel file, ByteBuffer bytes) throws IOException {
        try {
            while (bytes.hasRemaining()) {
                file.write(bytes);
            }
        } catch (IOException e) {
            throw cannot("write a temporary file in " + directory(), e);
        }
    }

    private static TransportException cannot(String what, IOException e) {
        String reason = String.valueOf(e.getMessage());
        boolean full = reason.contains("No space left") || reason.contains("Disk quota exceeded");
        return new TransportException(
                full ? Kind.NO_SPACE : Kind.FAILED,
                "cannot " + what + ": " + reason + "; TMPDIR chooses another directory",
                false,
                e);
    }

    /** How many bytes were written. */
    long size() {
        return size;
    }

    /** All of it, from the beginning; nothing may be written after this. */
    InputStream open() {
        return open(0, size);
    }

    /** A part of it. */
    InputStream open(long offset, long length) {
        FileChannel channel = file;
        return channel == null
                ? new ByteArrayInputStream(small.toByteArray(), (int) offset, (int) length)
                : new Part(channel, offset, length);
    }

    /** Frees what it takes. */
    @Override
    public void close() throws IOException {
        if (file != null) {
            file.close();
        }
    }

    /** Reads at its own position, so that several can at once. */
    private static final class Part extends InputStream {
        private final FileChannel file;
        private final long begin;
        private final long end;
        private long position;
        private long marked;

        Part(FileChannel file, long offset, long length) {
            this.file = file;
            this.begin = offset;
            this.position = offset;
            this.marked = offset;
            this.end = offset + length;
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
            int most = (int) Math.min(length, end - position);
            if (most <= 0) {
                return -1;
            }
            int count = file.read(ByteBuffer.wrap(bytes, offset, most), position);
            if (count > 0) {
                position += count;
            }
            return count;
        }

        @Override
        public boolean markSupported() {
            return true;
        }

        @Override
        public synchronized void mark(int limit) {
            marked = position;
        }

        @Override
        public synchronized void reset() {
            position = Math.max(marked, begin);
        }

        @Override
        public int available() {
            return (int) Math.min(Integer.MAX_VALUE, end - position);
        }
    }
}
