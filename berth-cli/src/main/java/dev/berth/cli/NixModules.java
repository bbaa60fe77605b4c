package dev.berth.cli;

import java.nio.file.Path;

/** Where Berth's Nix modules are: beside the program, which its launcher says by the property {@code berth.home}. */
final class NixModules {
    private NixModules() {}

    /** Their directory, absolute. */
    static Path directory() {
        return Path.of(System.getProperty("berth.home", "")).toAbsolutePath().resolve("nix");
    }
}
