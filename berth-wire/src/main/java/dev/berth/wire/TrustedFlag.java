package dev.berth.wire;

/** What a server says of its client at the handshake, from protocol 1.35 on (libstore/worker-protocol.hh). */
public enum TrustedFlag {
    /** The server is older, or does not know: a proxy to such a one. */
    UNKNOWN,
    /** The client may do everything. */
    TRUSTED,
    /** The client may do what cannot harm others. */
    NOT_TRUSTED
}
