package dev.berth.wire.worker;

/** What a server says between a request and its answer (libstore/worker-protocol.hh). */
final class Stderr {
    static final long NEXT = 0x6f6c6d67;
    static final long READ = 0x64617461;
    static final long LAST = 0x616c7473;
    static final long ERROR = 0x63787470;
    static final long START_ACTIVITY = 0x53545254;
    static final long STOP_ACTIVITY = 0x53544f50;
    static final long RESULT = 0x52534c54;

    private Stderr() {}
}
