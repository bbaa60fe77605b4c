package dev.berth.wire;

import dev.berth.nix.ByteText;
import dev.berth.nix.ContentAddress;
import dev.berth.nix.Signature;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.FileOutput;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;

/**
 * Writes what Nix's protocols are made of, see {@link WireInput}. Everything is gathered in a buffer until it is full or
 * {@link #flush} is called; the stream is not closed. One thread at a time.
 */
public final class WireOutput {
    private static final int SMALL = 8 * 1024;
    private static final int BUFFER = 64 * 1024;

    private final OutputStream out;
    private final OutputStream stream = new Stream();
    private byte[] buffer = new byte[SMALL];
    private int used;
    private boolean dirty;

    /** Writes one value. */
    @FunctionalInterface
    public interface Element<T> {
        /** Writes it. */
        void write(WireOutput out, T value) throws IOException;
    }

    /** @param out needs no buffer */
    public WireOutput(OutputStream out) {
        this.out = out;
    }

    /** Takes bytes as they are, without length or padding; its flush does nothing. The same stream at each call. */
    public OutputStream stream() {
        return stream;
    }

    /** Hands over what was gathered, and flushes the stream if anything went there since the last time. */
    public void flush() throws IOException {
        drain();
        if (dirty) {
            dirty = false;
            out.flush();
        }
    }

    /** A word. */
    public void u64(long value) throws IOException {
        room(8);
        WireInput.WORD.set(buffer, used, value);
        used += 8;
    }

    /** A word: 1 or 0. */
    public void bool(boolean value) throws IOException {
        u64(value ? 1 : 0);
    }

    /** Seconds since 1970. */
    public void time(Instant time) throws IOException {
        u64(time.getEpochSecond());
    }

    /** A string of bytes. */
    public void bytes(byte[] bytes) throws IOException {
        u64(bytes.length);
        stream.write(bytes, 0, bytes.length);
        padding(bytes.length);
    }

    /** A string of text. */
    public void text(String text) throws IOException {
        int start = used;
        if (text.length() <= BUFFER / 2) {
            room(16 + text.length());
            start = used;
            used += 8;
            if (ascii(text)) {
                WireInput.WORD.set(buffer, start, (long) text.length());
                padding(text.length());
                return;
            }
            used = start;
        }
        bytes(ByteText.encode(text));
    }

    /** What follows a string of a length: zeros up to the next word. */
    public void padding(long length) throws IOException {
        int count = (int) -length & 7;
        room(count);
        Arrays.fill(buffer, used, used + count, (byte) 0);
        used += count;
    }

    /** A store path in full. */
    public void storePath(StoreDir storeDir, StorePath path) throws IOException {
        String dir = storeDir.path();
        String base = path.baseName();
        int length = dir.length() + 1 + base.length();
        if (length <= BUFFER / 2) {
            room(16 + length);
            int start = used;
            used += 8;
            if (ascii(dir)) {
                buffer[used++] = '/';
                if (ascii(base)) {
                    WireInput.WORD.set(buffer, start, (long) length);
                    padding(length);
                    return;
                }
            }
            used = start;
        }
        text(storeDir.print(path));
    }

    /** Copies a text that is ASCII, for which there is room; false if it is not, having written something. */
    private boolean ascii(String text) {
        int length = text.length();
        int all = 0;
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            all |= c;
            buffer[used + i] = (byte) c;
        }
        used += length;
        return all < 0x80;
    }

    /** A store path in full, or an empty string. */
    public void optionalStorePath(StoreDir storeDir, Optional<StorePath> path) throws IOException {
        if (path.isPresent()) {
            storePath(storeDir, path.get());
        } else {
            u64(0);
        }
    }

    /** Store paths in full. */
    public void storePaths(StoreDir storeDir, Collection<StorePath> paths) throws IOException {
        list(paths, (to, path) -> to.storePath(storeDir, path));
    }

    /** A content address, or an empty string. */
    public void optionalContentAddress(Optional<ContentAddress> address) throws IOException {
        text(address.map(ContentAddress::print).orElse(""));
    }

    /** Signatures. */
    public void signatures(Collection<Signature> signatures) throws IOException {
        list(signatures, (to, signature) -> to.text(signature.print()));
    }

    /** Texts. */
    public void texts(Collection<String> texts) throws IOException {
        list(texts, WireOutput::text);
    }

    /** A count, and the elements. */
    public <T> void list(Collection<T> elements, Element<? super T> element) throws IOException {
        u64(elements.size());
        for (T each : elements) {
            element.write(this, each);
        }
    }

    /** A count, and the keys with their values. */
    public <K, V> void map(Map<K, V> map, Element<? super K> key, Element<? super V> value) throws IOException {
        u64(map.size());
        for (Map.Entry<K, V> each : map.entrySet()) {
            key.write(this, each.getKey());
            value.write(this, each.getValue());
        }
    }

    /** Sees to it that so many bytes fit, which must be fewer than a buffer's. */
    private void room(int count) throws IOException {
        if (buffer.length - used < count) {
            if (buffer.length < BUFFER) {
                buffer = Arrays.copyOf(buffer, BUFFER);
            }
            if (buffer.length - used < count) {
                drain();
            }
        }
    }

    private void drain() throws IOException {
        int count = used;
        used = 0;
        if (count > 0) {
            dirty = true;
            out.write(buffer, 0, count);
        }
    }

    private final class Stream extends OutputStream implements FileOutput {
        @Override
        public boolean sendsFiles() {
            return FileOutput.of(out).sendsFiles();
        }

        @Override
        public void send(FileChannel file, long offset, long length) throws IOException {
            FileOutput files = FileOutput.of(out);
            long sent = 0;
            // As below.
            for (long first = Math.min(length, gatheredFirst()); sent < first; ) {
                room((int) (first - sent));
                int count = file.read(ByteBuffer.wrap(buffer, used, (int) (first - sent)), offset + sent);
                if (count < 0) {
                    throw new EOFException("a file ends early that is to be sent");
                }
                used += count;
                sent += count;
            }
            drain();
            dirty = true;
            // In pieces, each of which the peer has its time for.
            while (sent < length) {
                long piece = Math.min(BUFFER, length - sent);
                files.send(file, offset + sent, piece);
                sent += piece;
            }
        }

        /** How much of something large goes with what was gathered, which by itself would wake the peer for some words. */
        private int gatheredFirst() {
            return used == 0 ? 0 : Math.max(0, BUFFER / 2 - used);
        }

        @Override
        public void write(int b) throws IOException {
            room(1);
            buffer[used++] = (byte) b;
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            if (length < BUFFER / 2) {
                gather(bytes, offset, length);
                return;
            }
            int first = gatheredFirst();
            if (first > 0) {
                gather(bytes, offset, first);
            }
            drain();
            dirty = true;
            if (first < length) {
                out.write(bytes, offset + first, length - first);
            }
        }

        private void gather(byte[] bytes, int offset, int length) throws IOException {
            room(length);
            System.arraycopy(bytes, offset, buffer, used, length);
            used += length;
        }
    }
}
