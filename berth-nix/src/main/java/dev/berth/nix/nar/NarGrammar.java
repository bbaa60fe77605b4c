package dev.berth.nix.nar;

/**
 * Follows the events of one tree and refuses those that break the invariant of {@link NarSink}. A sink that must not
 * trust its caller (because it makes files, or bytes that are hashed) passes each event through one of these first.
 */
public final class NarGrammar {
    private final NarNames names = new NarNames();
    private State state = State.NODE;
    private long left;

    private enum State {
        NODE,
        DIRECTORY,
        FILE,
        END
    }

    /** As {@link NarSink#startDirectory}. */
    public void startDirectory() throws NarException {
        require(State.NODE);
        names.enter(-1);
        state = State.DIRECTORY;
    }

    /**
     * As {@link NarSink#entry}.
     *
     * @throws NarException if the name is none, or does not come after the one before
     */
    public void entry(byte[] name) throws NarException {
        require(State.DIRECTORY);
        names.next(name.clone(), -1);
        state = State.NODE;
    }

    /** As {@link NarSink#endDirectory}. */
    public void endDirectory() {
        require(State.DIRECTORY);
        names.leave();
        ended();
    }

    /**
     * As {@link NarSink#startFile}.
     *
     * @throws NarException if no file has that size
     */
    public void startFile(long size) throws NarException {
        require(State.NODE);
        if (size < 0 || size > NarLimits.FILE) {
            throw new NarException("a file of " + Long.toUnsignedString(size) + " bytes is more than a file can have");
        }
        left = size;
        state = State.FILE;
    }

    /**
     * As {@link NarSink#contents}.
     *
     * @throws NarException if the file has more bytes than were announced
     */
    public void contents(long length) throws NarException {
        require(State.FILE);
        left -= length;
        if (length < 0 || left < 0) {
            throw new NarException("a file has more bytes than its announced size");
        }
    }

    /**
     * As {@link NarSink#endFile}.
     *
     * @throws NarException if the file has fewer bytes than were announced
     */
    public void endFile() throws NarException {
        require(State.FILE);
        if (left != 0) {
            throw new NarException("a file is " + left + " bytes shorter than its announced size");
        }
        ended();
    }

    /**
     * As {@link NarSink#symlink}.
     *
     * @throws NarException if nothing can be linked to this target
     */
    public void symlink(byte[] target) throws NarException {
        require(State.NODE);
        if (target.length == 0 || target.length > NarLimits.TARGET || NarNames.indexOf(target, (byte) 0) >= 0) {
            throw new NarException("a symlink target of " + target.length + " bytes is empty, too long or has a NUL");
        }
        ended();
    }

    /** Whether the root is complete. */
    public boolean isComplete() {
        return state == State.END;
    }

    /** The number of directories that are open. */
    public int depth() {
        return names.depth();
    }

    private void ended() {
        state = names.depth() > 0 ? State.DIRECTORY : State.END;
    }

    private void require(State expected) {
        if (state != expected) {
            throw new IllegalStateException(
                    "a tree's events are out of order: got one of " + expected + " in " + state);
        }
    }
}
