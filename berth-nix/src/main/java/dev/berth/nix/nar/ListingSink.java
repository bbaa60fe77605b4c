package dev.berth.nix.nar;

import java.io.IOException;
import java.util.OptionalLong;

/** Takes the listing of one tree as events, in the order of {@link NarSink}, whose invariant on names holds here too. */
public interface ListingSink {
    /** The node is a directory. */
    void startDirectory() throws IOException;

    /** The next node is the entry of that name, UTF-8, in the directory last started. */
    void entry(byte[] name) throws IOException;

    /** The directory last started has no more entries. */
    void endDirectory() throws IOException;

    /**
     * The node is a regular file.
     *
     * @param narOffset where its contents begin in the NAR, in bytes; empty if the listing does not say
     */
    void file(boolean executable, long size, OptionalLong narOffset) throws IOException;

    /** The node is a symbolic link. */
    void symlink(byte[] target) throws IOException;
}
