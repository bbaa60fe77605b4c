package dev.berth.node.injection;

/** What is done with a container that is about to be made. */
public sealed interface Decision {
    /** It is left as it is. */
    record Leave(Reason reason) implements Decision {}

    /** It gets a closure. */
    record Inject(Injection injection) implements Decision {}

    /** It must not start, for what it asks for can't be done; the reason is one line for its owner. */
    record Refuse(String reason) implements Decision {}

    /** Why a container is left as it is. */
    enum Reason {
        /** An annotation says so. */
        EXCLUDED,
        /** It names no store path. */
        NO_PATHS,
        /** Something is mounted at its {@code /nix}: a volume of the agent's, most likely. */
        ALREADY_MOUNTED
    }
}
