package dev.berth.store.nix;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The store below a directory, as Nix is told of it: its {@code nix/store} is {@code /nix/store} for what is built there. */
public final class ChrootStore {
    private static final Path BUSYBOX = Path.of("/bin/busybox");

    private ChrootStore() {}

    /** Its URI. */
    public static String uri(Path root) {
        return "local?root="
                + URLEncoder.encode(root.toAbsolutePath().toString(), StandardCharsets.UTF_8)
                        .replace("+", "%20")
                        .replace("%2F", "/");
    }

    /** What Nix commands are given so that they use it. */
    public static List<String> options(Path root) {
        List<String> options = new ArrayList<>(List.of("--store", uri(root)));
        options.addAll(buildOptions());
        return options;
    }

    /** For a store without the users that a multi-user installation makes: builds are sandboxed by namespaces. */
    public static List<String> buildOptions() {
        List<String> options = new ArrayList<>(List.of("--option", "build-users-group", ""));
        if (Files.isExecutable(BUSYBOX)) {
            // Debian's Nix has no shell inside its sandbox unless told of one.
            options.addAll(List.of("--option", "extra-sandbox-paths", "/bin/sh=" + BUSYBOX));
        }
        return options;
    }
}
