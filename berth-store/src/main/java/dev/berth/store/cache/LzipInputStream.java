package dev.berth.store.cache;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import org.tukaani.xz.LZMAInputStream;

/**
 * Reads the lzip format (lzip manual, "File format"): members that follow each other, each an LZMA stream with a header
 * and a trailer of CRC and sizes. As in lzip, bytes behind the last member that do not begin another are passed over.
 */
final class LzipInputStream extends InputStream {
    private static final byte[] MAGIC = {'L', 'Z', 'I', 'P'};

    private static final int TRAILER = 20;

    private final InputStream in;
    private final int memoryLimitKib;
    private final CRC32 crc = new CRC32();
    private CountedBytes counted;
    private InputStream member;
    private long size;
    private boolean ended;

    LzipInputStream(InputStream in, int memoryLimitKib) throws IOException {
        this.in = in;
        this.memoryLimitKib = memoryLimitKib;
        this.counted = new CountedBytes(in);
        if (!readMagic()) {
            throw new IOException("not in the lzip format");
        }
        this.member = openMember();
    }

    private boolean readMagic() throws IOException {
        return java.util.Arrays.equals(counted.readNBytes(MAGIC.length), MAGIC);
    }

    private InputStream openMember() throws IOException {
        int version = counted.read();
        if (version != 1) {
            throw new IOException("lzip data of version " + version + " is not known");
        }
        int code = counted.read();
        int base = 1 << (code & 0x1f);
        int dictionary = base - base / 16 * (code >>> 5);
        if (code < 0 || (code & 0x1f) < 12 || (code & 0x1f) > 29 || dictionary < 4096) {
            throw new IOException("lzip data has a bad dictionary size");
        }
        if (LZMAInputStream.getMemoryUsage(dictionary, 3, 0) > memoryLimitKib) {
            throw new IOException("lzip data needs a dictionary of " + dictionary + " bytes, more than is allowed");
        }
        crc.reset();
        size = 0;
        return new LZMAInputStream(counted, -1, 3, 0, 2, dictionary, null);
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        while (!ended) {
            int count = member.read(buffer, offset, length);
            if (count > 0) {
                crc.update(buffer, offset, count);
                size += count;
                return count;
            }
            endMember();
        }
        return -1;
    }

    private void endMember() throws IOException {
        byte[] trailer = counted.readNBytes(TRAILER);
        if (trailer.length < TRAILER) {
            throw new EOFException("lzip data is truncated");
        }
        long memberSize = counted.count;
        if (number(trailer, 0, 4) != crc.getValue()
                || number(trailer, 4, 8) != size
                || number(trailer, 12, 8) != memberSize) {
            throw new IOException("lzip data is corrupt: its check does not fit");
        }
        counted = new CountedBytes(in);
        if (readMagic()) {
            member = openMember();
        } else {
            ended = true;
        }
    }

    private static long number(byte[] bytes, int at, int length) {
        long value = 0;
        for (int i = length - 1; i >= 0; i--) {
            value = value << 8 | (bytes[at + i] & 0xff);
        }
        return value;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    /** Counts what a member takes; closing it does not close what is below. */
    private static final class CountedBytes extends InputStream {
        private final InputStream in;
        private long count;

        CountedBytes(InputStream in) {
            this.in = in;
        }

        @Override
        public int read() throws IOException {
            int value = in.read();
            if (value >= 0) {
                count++;
            }
            return value;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int got = in.read(buffer, offset, length);
            if (got > 0) {
                count += got;
            }
            return got;
        }
    }
}
