package dev.berth.wire.worker;

import dev.berth.nix.nar.NarSink;
import dev.berth.nix.nar.NarSource;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** The bytes of a stream in a temporary file, so that their number is known before the first of them goes on. */
final class Spool implements NarSource, AutoCloseable {
    private final Path file;
    private final long size;

    /** @param in read to its end */
    Spool(InputStream in) throws IOException {
        file = Files.createTempFile("berth-wire", ".spool");
        boolean good = false;
        try (OutputStream out = Files.newOutputStream(file)) {
            size = in.transferTo(out);
            good = true;
        } finally {
            if (!good) {
                Files.deleteIfExists(file);
            }
        }
    }

    long size() {
        return size;
    }

    void copyTo(OutputStream out) throws IOException {
        Files.copy(file, out);
    }

    /** Tells it as a file that is not executable. */
    @Override
    public void sendTo(NarSink sink) throws IOException {
        sink.startFile(false, size);
        copyTo(new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                write(new byte[] {(byte) b}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                sink.contents(bytes, offset, length);
            }
        });
        sink.endFile();
    }

    @Override
    public void close() throws IOException {
        Files.deleteIfExists(file);
    }
}
