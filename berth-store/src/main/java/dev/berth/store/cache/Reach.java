package dev.berth.store.cache;

/** What a binary cache lies in. */
enum Reach {
    /** A directory of this machine. */
    DIRECTORY(false, false),
    /** A bucket, which is empty before the first path is put there. */
    BUCKET(true, false),
    /** A web server, which may be anything. */
    SERVER(true, true);

    private final boolean remote;
    private final boolean introduces;

    Reach(boolean remote, boolean introduces) {
        this.remote = remote;
        this.introduces = introduces;
    }

    /** Whether asking costs enough to keep answers. */
    boolean isRemote() {
        return remote;
    }

    /** Whether it is a cache only if it says so by a {@code nix-cache-info}. */
    boolean mustIntroduceItself() {
        return introduces;
    }
}
