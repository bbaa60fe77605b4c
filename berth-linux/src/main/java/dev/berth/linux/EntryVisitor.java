package dev.berth.linux;

import java.io.IOException;

/** Takes the entries of a directory, one by one. */
@FunctionalInterface
public interface EntryVisitor {
    /**
     * An entry other than {@code .} and {@code ..}, in the order of the file system.
     *
     * @param name a new array, the visitor's to keep
     * @param type what it is, not following a link
     * @param inode the inode's number; the one beneath, if something is mounted there
     */
    void entry(byte[] name, FileType type, long inode) throws IOException;
}
