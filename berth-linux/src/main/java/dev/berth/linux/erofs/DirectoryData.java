package dev.berth.linux.erofs;

import dev.berth.linux.Names;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The entries of one directory, and the form in which the kernel reads them: sorted by the bytes of their names, {@code .} and
 * {@code ..} among them, in blocks, each of which starts with a table of its entries.
 */
final class DirectoryData {
    private static final int ENTRY = 12;
    private static final byte[] SELF = {'.'};
    private static final byte[] PARENT = {'.', '.'};

    private static final class Entry {
        final byte[] name;
        final long inode;
        final int type;

        Entry(byte[] name, long inode, int type) {
            this.name = name;
            this.inode = inode;
            this.type = type;
        }
    }

    private final List<Entry> entries = new ArrayList<>();

    /** @param type as directories have it (EROFS_FT_REG_FILE and its like) */
    void add(byte[] name, long inode, int type) {
        entries.add(new Entry(name, inode, type));
    }

    int count() {
        return entries.size();
    }

    /** The bytes, in which the directory itself and the one above are not told yet. */
    static final class Built {
        final byte[] bytes;

        /** Where the number of the directory itself is to stand. */
        final int self;

        /** Where that of the one above is to stand. */
        final int parent;

        Built(byte[] bytes, int self, int parent) {
            this.bytes = bytes;
            this.self = self;
            this.parent = parent;
        }
    }

    /** @throws IOException if two entries have one name */
    Built build() throws IOException {
        add(SELF, 0, ErofsWriter.DIRECTORY);
        add(PARENT, 0, ErofsWriter.DIRECTORY);
        entries.sort((a, b) -> Arrays.compareUnsigned(a.name, b.name));
        for (int i = 1; i < entries.size(); i++) {
            if (Arrays.equals(entries.get(i - 1).name, entries.get(i).name)) {
                throw new IOException("a directory of an image would have two entries named '"
                        + Names.show(entries.get(i).name) + "'");
            }
        }
        List<Integer> firsts = new ArrayList<>();
        int size = 0;
        int inBlock = BlockFile.SIZE;
        for (int i = 0; i < entries.size(); i++) {
            int needed = ENTRY + entries.get(i).name.length;
            if (inBlock + needed > BlockFile.SIZE) {
                firsts.add(i);
                inBlock = 0;
            }
            inBlock += needed;
            size = (firsts.size() - 1) * BlockFile.SIZE + inBlock;
        }
        firsts.add(entries.size());
        ByteBuffer to = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        int self = 0;
        int parent = 0;
        for (int block = 0; block + 1 < firsts.size(); block++) {
            int first = firsts.get(block);
            int count = firsts.get(block + 1) - first;
            int begin = block * BlockFile.SIZE;
            int name = ENTRY * count;
            for (int i = 0; i < count; i++) {
                Entry entry = entries.get(first + i);
                int at = begin + ENTRY * i;
                if (Arrays.equals(entry.name, SELF)) {
                    self = at;
                } else if (Arrays.equals(entry.name, PARENT)) {
                    parent = at;
                }
                to.putLong(at, entry.inode).putShort(at + 8, (short) name).put(at + 10, (byte) entry.type);
                to.put(begin + name, entry.name);
                name += entry.name.length;
            }
        }
        return new Built(to.array(), self, parent);
    }
}
