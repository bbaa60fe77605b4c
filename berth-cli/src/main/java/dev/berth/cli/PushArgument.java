package dev.berth.cli;

import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/**
 * What a command line names to be pushed.
 *
 * @param text a manifest's file, or a store path, something in one, or a link to it such as {@code result}
 */
record PushArgument(String text) {
    /** As many as the kernel follows. */
    private static final int MOST_LINKS = 40;

    /** Whether it is a manifest, by its name. */
    boolean isManifest() {
        String name = text.toLowerCase(Locale.ROOT);
        boolean known =
                name.endsWith(".nix") || name.endsWith(".json") || name.endsWith(".yaml") || name.endsWith(".yml");
        return known && !text.startsWith(StoreDir.DEFAULT + "/");
    }

    /** The store path that it is, or is in, or links to; empty if it is none of the store dir. */
    Optional<StorePath> path(StoreDir storeDir) throws IOException {
        String inside = storeDir + "/";
        String full = text.startsWith(inside) ? text : target(Path.of(text), inside);
        if (!full.startsWith(inside)) {
            return Optional.empty();
        }
        int slash = full.indexOf('/', inside.length());
        return Optional.of(storeDir.parse(slash < 0 ? full : full.substring(0, slash)));
    }

    /** Links are followed as far as the store, whose files need not be on this machine. */
    private static String target(Path link, String inside) throws IOException {
        Path at = link.toAbsolutePath();
        for (int hops = 0; hops < MOST_LINKS && Files.isSymbolicLink(at); hops++) {
            at = at.resolveSibling(Files.readSymbolicLink(at)).normalize();
            if (at.toString().startsWith(inside)) {
                break;
            }
        }
        return at.toString();
    }
}
