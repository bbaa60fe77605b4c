package dev.berth.wire.serve;

/** Numbers of the serve protocol (libstore/serve-protocol.hh). */
final class ServeProtocol {
    static final long CLIENT_MAGIC = 0x390c9debL;
    static final long SERVER_MAGIC = 0x5452eecbL;
    static final int MAJOR = 2;

    /** The newest minor version that is spoken here. */
    static final int LATEST = 8;

    /** Minor versions from which on something is there. */
    static final int MAX_LOG_SIZE = 2;

    static final int BUILD_TIMES = 3;
    static final int NAR_HASH = 4;
    static final int ADD_TO_STORE_NAR = 5;
    static final int BUILT_OUTPUTS = 6;
    static final int KEEP_FAILED = 7;
    static final int OUTPUTS_BY_NAME = 8;

    /** What a client can ask. */
    enum Command {
        QUERY_VALID_PATHS,
        QUERY_PATH_INFOS,
        DUMP_STORE_PATH,
        IMPORT_PATHS,
        EXPORT_PATHS,
        BUILD_PATHS,
        QUERY_CLOSURE,
        BUILD_DERIVATION,
        ADD_TO_STORE_NAR;

        @SuppressWarnings("EnumOrdinal") // the wire's numbers are the order, from 1 on
        long number() {
            return ordinal() + 1L;
        }
    }

    private ServeProtocol() {}

    /** A version as a word. */
    static long version(int minor) {
        return (long) MAJOR << 8 | minor;
    }
}
