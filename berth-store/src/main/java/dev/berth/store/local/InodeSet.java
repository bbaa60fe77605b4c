package dev.berth.store.local;

import java.util.Arrays;

/** A set of inode numbers, 16 bytes each, as a store may have millions of links. One thread. */
final class InodeSet {
    private long[] table = new long[1 << 10];
    private int size;
    private boolean zero;

    void add(long inode) {
        if (inode == 0) {
            zero = true;
            return;
        }
        if (size >= table.length / 2) {
            long[] old = table;
            table = new long[old.length * 2];
            Arrays.stream(old).filter(each -> each != 0).forEach(each -> table[slot(each)] = each);
        }
        int slot = slot(inode);
        if (table[slot] == 0) {
            table[slot] = inode;
            size++;
        }
    }

    boolean contains(long inode) {
        return inode == 0 ? zero : table[slot(inode)] == inode;
    }

    // Where it is or would be.
    private int slot(long inode) {
        int mask = table.length - 1;
        int slot = (int) ((inode * 0x9E3779B97F4A7C15L) >>> 40) & mask;
        while (table[slot] != 0 && table[slot] != inode) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }
}
