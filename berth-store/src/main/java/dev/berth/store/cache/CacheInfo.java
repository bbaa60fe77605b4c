package dev.berth.store.cache;

import dev.berth.nix.FormatException;
import dev.berth.nix.StoreDir;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The file {@code nix-cache-info} (libstore/binary-cache-store.cc).
 *
 * @param storeDir the store dir of the cache's paths
 * @param wantMassQuery whether the cache minds being asked for each path
 * @param priority the smaller, the earlier the cache is to be asked
 */
record CacheInfo(Optional<StoreDir> storeDir, boolean wantMassQuery, OptionalInt priority) {
    static final String NAME = "nix-cache-info";
    static final int MAX_SIZE = 64 << 10;

    /** @throws FormatException for a line that is none, or a value that does not parse */
    static CacheInfo parse(String text) {
        Optional<StoreDir> storeDir = Optional.empty();
        boolean wantMassQuery = false;
        OptionalInt priority = OptionalInt.empty();
        for (String line : text.lines().filter(line -> !line.isBlank()).toList()) {
            int colon = line.indexOf(':');
            if (colon < 0) {
                throw new FormatException("line " + FormatException.quote(line) + " has no ':'");
            }
            String value = line.substring(colon + 1).strip();
            switch (line.substring(0, colon)) {
                case "StoreDir" -> storeDir = Optional.of(new StoreDir(value));
                case "WantMassQuery" -> wantMassQuery = value.equals("1");
                case "Priority" -> priority = OptionalInt.of(number(value));
                default -> {
                    // A newer field.
                }
            }
        }
        return new CacheInfo(storeDir, wantMassQuery, priority);
    }

    private static int number(String value) {
        try {
            return Integer.parseInt(value);
        } catch (NumberFormatException e) {
            throw new FormatException("priority " + FormatException.quote(value) + " is not a number", e);
        }
    }

    String print() {
        StringBuilder text = new StringBuilder();
        storeDir.ifPresent(dir -> text.append("StoreDir: ").append(dir).append('\n'));
        if (wantMassQuery) {
            text.append("WantMassQuery: 1\n");
        }
        priority.ifPresent(number -> text.append("Priority: ").append(number).append('\n'));
        return text.toString();
    }
}
