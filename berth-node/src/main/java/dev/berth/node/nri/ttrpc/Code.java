package dev.berth.node.nri.ttrpc;

/** How a call ended: the codes of google.rpc, each at its number. */
public enum Code {
    OK,
    CANCELLED,
    UNKNOWN,
    INVALID_ARGUMENT,
    DEADLINE_EXCEEDED,
    NOT_FOUND,
    ALREADY_EXISTS,
    PERMISSION_DENIED,
    RESOURCE_EXHAUSTED,
    FAILED_PRECONDITION,
    ABORTED,
    OUT_OF_RANGE,
    UNIMPLEMENTED,
    INTERNAL,
    UNAVAILABLE,
    DATA_LOSS,
    UNAUTHENTICATED;

    /** The number on the wire. */
    public int number() {
        return ordinal();
    }

    /** The code with a number, {@link #UNKNOWN} if there is none. */
    public static Code of(int number) {
        Code[] all = values();
        return number >= 0 && number < all.length ? all[number] : UNKNOWN;
    }
}
