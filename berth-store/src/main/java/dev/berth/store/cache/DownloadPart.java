package dev.berth.store.cache;

import dev.berth.linux.Directory;
import dev.berth.linux.Names;
import dev.berth.linux.OpenFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What is there of one file that is being downloaded, locked against others who download it. The file begins with a head of
 * {@value #HEAD} bytes that says which file of the server it is of. What can't be written is given up silently: a part only
 * saves work. One thread.
 */
final class DownloadPart implements AutoCloseable {
    private static final int HEAD = 4096;
    private static final String MAGIC = "berth-part-1";

    private final Directory directory;
    private final String name;
    private final OpenFile file;
    private Version version = Version.NONE;
    private long length;
    private boolean recording = true;

    /**
     * Which file of a server a part is of.
     *
     * @param validator the entity tag or the date, empty if the server says neither
     * @param encoding the content encoding
     */
    record Version(String validator, String encoding) {
        static final Version NONE = new Version("", "");
    }

    DownloadPart(Directory directory, String name, OpenFile file) throws IOException {
        this.directory = directory;
        this.name = name;
        this.file = file;
        readHead();
    }

    private void readHead() throws IOException {
        byte[] head = new byte[HEAD];
        long size = file.stat().size();
        int got = 0;
        for (int more = 1; more > 0 && got < HEAD; got += more) {
            more = Math.max(0, file.read(head, got, HEAD - got, got));
        }
        String[] lines = new String(head, 0, got, StandardCharsets.ISO_8859_1).split("\n", -1);
        if (got == HEAD && lines.length > 3 && lines[0].equals(MAGIC)) {
            version = new Version(lines[1], lines[2]);
            length = size - HEAD;
        }
    }

    /** How many bytes are there. */
    long length() {
        return length;
    }

    Version version() {
        return version;
    }

    /** Empties it for a file from its beginning. */
    void begin(Version of) {
        version = of;
        length = 0;
        byte[] text =
                (MAGIC + "\n" + of.validator() + "\n" + of.encoding() + "\n").getBytes(StandardCharsets.ISO_8859_1);
        recording = text.length <= HEAD;
        record(() -> {
            file.truncate(0);
            file.write(Arrays.copyOf(text, HEAD), 0, HEAD, 0);
        });
    }

    /** Adds what follows. */
    void append(byte[] bytes, int offset, int count) {
        record(() -> {
            file.write(bytes, offset, count, HEAD + length);
            length += count;
        });
    }

    private interface Writing {
        void run() throws IOException;
    }

    private void record(Writing writing) {
        try {
            if (recording) {
                writing.run();
            }
        } catch (IOException e) {
            recording = false; // the disk is full, most likely: what is there so far is good
        }
    }

    /** What is there, as a stream that ends where it ends now. */
    InputStream read() {
        long end = length;
        return new InputStream() {
            private long position;

            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] bytes, int offset, int count) throws IOException {
                int most = (int) Math.min(count, end - position);
                int got = most <= 0 ? -1 : file.read(bytes, offset, most, HEAD + position);
                if (got <= 0) {
                    return -1;
                }
                position += got;
                return got;
            }
        };
    }

    /** Deletes it. */
    void discard() {
        recording = false;
        try {
            directory.unlink(Names.bytes(name));
        } catch (IOException e) {
            begin(Version.NONE); // then at least nobody goes on with it
        }
    }

    /** Leaves it for the next try. */
    @Override
    public void close() {
        try (directory;
                file) {
            if (length == 0 && recording) {
                directory.unlink(Names.bytes(name));
            }
        } catch (IOException e) {
            recording = false; // an empty part costs a name until it is tidied up
        }
    }
}
