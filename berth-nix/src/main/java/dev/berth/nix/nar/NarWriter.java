package dev.berth.nix.nar;

import static dev.berth.nix.nar.NarFormat.WORD;

import dev.berth.nix.nar.NarFormat.Tag;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;

/**
 * Writes one NAR to a stream. Small tokens are gathered, and all is handed to the stream when the root is complete; the
 * stream is neither flushed nor closed. An event that breaks the invariant of {@link NarSink} throws before anything of
 * it is written. One thread.
 */
public final class NarWriter implements NarBytesSink {
    private static final int BUFFER = 32 * 1024;

    private final OutputStream out;
    private final NarGrammar grammar = new NarGrammar();
    private final byte[] buffer = new byte[BUFFER];
    private int used;
    private long written;
    private long fileSize;
    private boolean started;

    /** @param out where the bytes go, in pieces of up to 32 KiB or as large as they come */
    public NarWriter(OutputStream out) {
        this.out = out;
    }

    /** The number of bytes of the NAR so far; when it is complete, its size. */
    public long size() {
        return written + used;
    }

    /** Whether the root is complete and all was handed to the stream. */
    public boolean isComplete() {
        return grammar.isComplete();
    }

    @Override
    public void startDirectory() throws IOException {
        grammar.startDirectory();
        open();
        tag(NarFormat.DIRECTORY);
    }

    @Override
    public void entry(byte[] name) throws IOException {
        grammar.entry(name);
        tag(NarFormat.ENTRY);
        tag(NarFormat.OPEN);
        tag(NarFormat.NAME);
        string(name);
        tag(NarFormat.NODE);
    }

    @Override
    public void endDirectory() throws IOException {
        grammar.endDirectory();
        close();
    }

    @Override
    public void startFile(boolean executable, long size) throws IOException {
        grammar.startFile(size);
        open();
        tag(NarFormat.REGULAR);
        if (executable) {
            tag(NarFormat.EXECUTABLE);
            word(0);
        }
        tag(NarFormat.CONTENTS);
        word(size);
        fileSize = size;
    }

    @Override
    public void contents(byte[] bytes, int offset, int length) throws IOException {
        grammar.contents(length);
        put(bytes, offset, length);
    }

    /**
     * Says that the caller writes the next bytes of the file last started to the stream itself, right after this call, which
     * hands over what was gathered before them.
     */
    public void contentsElsewhere(long length) throws IOException {
        grammar.contents(length);
        flush();
        written += length;
    }

    /** Hands them to the stream; {@link #isComplete} says nothing of a NAR that comes so. */
    @Override
    public void bytes(byte[] bytes, int offset, int length) throws IOException {
        checkNoEvents();
        out.write(bytes, offset, length);
        written += length;
    }

    @Override
    public boolean takesFiles() {
        return FileOutput.of(out).sendsFiles();
    }

    /** Hands them to the stream, as {@link #bytes}. */
    @Override
    public void file(FileChannel file, long offset, long length) throws IOException {
        checkNoEvents();
        FileOutput.of(out).send(file, offset, length);
        written += length;
    }

    private void checkNoEvents() throws IOException {
        if (started) {
            throw new IOException("a NAR comes as events or as bytes, not as both");
        }
    }

    @Override
    public void endFile() throws IOException {
        grammar.endFile();
        padding(fileSize);
        close();
    }

    @Override
    public void symlink(byte[] target) throws IOException {
        grammar.symlink(target);
        open();
        tag(NarFormat.SYMLINK);
        tag(NarFormat.TARGET);
        string(target);
        close();
    }

    private void open() throws IOException {
        if (!started) {
            started = true;
            tag(NarFormat.MAGIC);
        }
        tag(NarFormat.OPEN);
        tag(NarFormat.TYPE);
    }

    // Closes the node that has ended, and the entry that holds it.
    private void close() throws IOException {
        tag(NarFormat.CLOSE);
        if (grammar.isComplete()) {
            flush();
        } else {
            tag(NarFormat.CLOSE);
        }
    }

    private void string(byte[] bytes) throws IOException {
        word(bytes.length);
        put(bytes, 0, bytes.length);
        padding(bytes.length);
    }

    private void tag(Tag tag) throws IOException {
        room(tag.size());
        System.arraycopy(tag.encoded(), 0, buffer, used, tag.size());
        used += tag.size();
    }

    private void word(long value) throws IOException {
        room(8);
        WORD.set(buffer, used, value);
        used += 8;
    }

    private void padding(long length) throws IOException {
        room(8);
        for (int i = NarFormat.padding(length); i > 0; i--) {
            buffer[used++] = 0;
        }
    }

    private void put(byte[] bytes, int offset, int length) throws IOException {
        if (length <= BUFFER - used) {
            System.arraycopy(bytes, offset, buffer, used, length);
            used += length;
        } else {
            flush();
            if (length < BUFFER / 2) {
                System.arraycopy(bytes, offset, buffer, 0, length);
                used = length;
            } else {
                out.write(bytes, offset, length);
                written += length;
            }
        }
    }

    private void room(int count) throws IOException {
        if (BUFFER - used < count) {
            flush();
        }
    }

    private void flush() throws IOException {
        out.write(buffer, 0, used);
        written += used;
        used = 0;
    }
}
