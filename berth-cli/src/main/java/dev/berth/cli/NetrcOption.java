package dev.berth.cli;

import dev.berth.store.StoreSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The passwords for HTTP servers that Nix would use, or curl. */
final class NetrcOption {
    @Option(
            names = "--netrc-file",
            paramLabel = "FILE",
            description = "Passwords for HTTP servers; else /etc/nix/netrc, or ~/.netrc where there is none.")
    private Optional<Path> netrc = Optional.empty();

    /** The usual settings, with them. */
    StoreSettings settings() {
        Path usual = StoreSettings.DEFAULT.netrc();
        Path own = Path.of(System.getProperty("user.home", "/"), ".netrc");
        return StoreSettings.DEFAULT.withNetrc(netrc.orElse(Files.exists(usual) ? usual : own));
    }
}
