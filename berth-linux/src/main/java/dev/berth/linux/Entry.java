package dev.berth.linux;

import java.util.Arrays;

/**
 * An entry of a directory. Ordered by the unsigned bytes of its name, as NARs order them.
 */
public final class Entry implements Comparable<Entry> {
    private final byte[] name;
    private final FileType type;
    private final long inode;

    Entry(byte[] name, FileType type, long inode) {
        this.name = name;
        this.type = type;
        this.inode = inode;
    }

    /** Its name: not a copy, not to be changed. */
    public byte[] name() {
        return name;
    }

    /** What it is, not following a link. */
    public FileType type() {
        return type;
    }

    /** The inode's number; the one beneath, if something is mounted there. */
    public long inode() {
        return inode;
    }

    @Override
    public int compareTo(Entry other) {
        return Arrays.compareUnsigned(name, other.name);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Entry entry && Arrays.equals(name, entry.name);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(name);
    }

    /** The name for people. */
    @Override
    public String toString() {
        return Names.show(name);
    }
}
