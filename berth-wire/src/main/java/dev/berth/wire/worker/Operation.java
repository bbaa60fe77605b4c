package dev.berth.wire.worker;

import java.util.Optional;

/** The operations of the worker protocol (libstore/worker-protocol.hh). */
enum Operation {
    IS_VALID_PATH(1),
    HAS_SUBSTITUTES(3),
    QUERY_PATH_HASH(4),
    QUERY_REFERENCES(5),
    QUERY_REFERRERS(6),
    ADD_TO_STORE(7),
    ADD_TEXT_TO_STORE(8),
    BUILD_PATHS(9),
    ENSURE_PATH(10),
    ADD_TEMP_ROOT(11),
    ADD_INDIRECT_ROOT(12),
    SYNC_WITH_GC(13),
    FIND_ROOTS(14),
    QUERY_DERIVER(18),
    SET_OPTIONS(19),
    COLLECT_GARBAGE(20),
    QUERY_SUBSTITUTABLE_PATH_INFO(21),
    QUERY_DERIVATION_OUTPUTS(22),
    QUERY_ALL_VALID_PATHS(23),
    QUERY_PATH_INFO(26),
    QUERY_DERIVATION_OUTPUT_NAMES(28),
    QUERY_PATH_FROM_HASH_PART(29),
    QUERY_SUBSTITUTABLE_PATH_INFOS(30),
    QUERY_VALID_PATHS(31),
    QUERY_SUBSTITUTABLE_PATHS(32),
    QUERY_VALID_DERIVERS(33),
    OPTIMISE_STORE(34),
    VERIFY_STORE(35),
    BUILD_DERIVATION(36),
    ADD_SIGNATURES(37),
    NAR_FROM_PATH(38),
    ADD_TO_STORE_NAR(39),
    QUERY_MISSING(40),
    QUERY_DERIVATION_OUTPUT_MAP(41),
    REGISTER_DRV_OUTPUT(42),
    QUERY_REALISATION(43),
    ADD_MULTIPLE_TO_STORE(44),
    ADD_BUILD_LOG(45),
    BUILD_PATHS_WITH_RESULTS(46),
    ADD_PERM_ROOT(47);

    private static final int MAX_CODE = 47;
    private static final Operation[] BY_CODE = byCode();

    private final int code;

    Operation(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }

    /** The operation of a number; empty for those that Nix has removed, and for unknown ones. */
    static Optional<Operation> of(long code) {
        return code < 0 || code > MAX_CODE ? Optional.empty() : Optional.ofNullable(BY_CODE[(int) code]);
    }

    private static Operation[] byCode() {
        Operation[] all = new Operation[MAX_CODE + 1];
        for (Operation operation : values()) {
            all[operation.code] = operation;
        }
        return all;
    }
}
