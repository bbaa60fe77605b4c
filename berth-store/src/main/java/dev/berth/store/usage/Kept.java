package dev.berth.store.usage;

/** Why a path stays. */
public enum Kept {
    /** A root of garbage collection holds it, or what needs it. */
    ROOT("held by a root"),
    /** A pin holds it, or what needs it. */
    PIN("pinned"),
    /** It, or what needs it, was used or added within the grace time. */
    GRACE("used within the grace time"),
    /** What was asked for is reached without it. */
    NOT_NEEDED("not asked for"),
    /** It was to go, and somebody began to use it, or the store refused. */
    TAKEN_UP("taken up meanwhile");

    private final String words;

    Kept(String words) {
        this.words = words;
    }

    /** For people. */
    public String words() {
        return words;
    }
}
