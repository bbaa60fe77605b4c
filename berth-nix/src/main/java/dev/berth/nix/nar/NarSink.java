package dev.berth.nix.nar;

import java.io.IOException;

/**
 * Takes one tree as events. The root is one node; a node is
 *
 * <ul>
 *   <li>{@link #startDirectory}, for each entry {@link #entry} and then a node, {@link #endDirectory};
 *   <li>{@link #startFile}, {@link #contents} as often as it takes to give exactly the announced size, {@link #endFile};
 *   <li>or {@link #symlink}.
 * </ul>
 *
 * <p>INVARIANT, on the side of whoever calls: entries come in ascending order of their unsigned bytes, without
 * duplicates; names are 1 to 255 bytes, neither {@code .} nor {@code ..}, without a slash or NUL. Names and targets are
 * bytes, as the kernel has them, in no encoding. Arrays are the caller's: a sink copies what it keeps. One thread.
 */
public interface NarSink {
    /** The node is a directory. */
    void startDirectory() throws IOException;

    /** The next node is the entry of that name in the directory last started. */
    void entry(byte[] name) throws IOException;

    /** The directory last started has no more entries. */
    void endDirectory() throws IOException;

    /** The node is a regular file of {@code size} bytes. */
    void startFile(boolean executable, long size) throws IOException;

    /** The next bytes of the file last started. */
    void contents(byte[] buffer, int offset, int length) throws IOException;

    /** The file last started is complete. */
    void endFile() throws IOException;

    /** The node is a symbolic link. */
    void symlink(byte[] target) throws IOException;
}
