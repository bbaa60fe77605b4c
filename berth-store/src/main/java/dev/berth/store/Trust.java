package dev.berth.store;

import dev.berth.nix.PathInfo;
import dev.berth.nix.Signature;
import java.util.stream.Collectors;

/** Words for why a path is not trusted. */
final class Trust {
    private Trust() {}

    /** {@code not signed}, or by which keys. */
    static String describe(PathInfo info) {
        if (info.signatures().isEmpty()) {
            return "not signed";
        }
        return "signed by no trusted key, only by "
                + info.signatures().stream()
                        .map(Signature::keyName)
                        .distinct()
                        .limit(5)
                        .map(dev.berth.nix.FormatException::quote)
                        .collect(Collectors.joining(", "));
    }
}
