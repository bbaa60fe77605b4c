package dev.berth.cli;

import dev.berth.store.StoreSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
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

    /** The usual settings, with them.
     *
     * @throws UncheckedIOException if a file was named that can't be read: one of Nix's need not be there
     */
    StoreSettings settings() {
        Path usual = StoreSettings.DEFAULT.netrc();
        Path own = Path.of(System.getProperty("user.home", "/"), ".netrc");
        if (netrc.isPresent() && !Files.isReadable(netrc.get())) {
            throw new UncheckedIOException(new IOException("--netrc-file " + netrc.get()
                    + (Files.exists(netrc.get()) ? ": permission denied" : ": no such file or directory")));
        }
        return StoreSettings.DEFAULT.withNetrc(netrc.orElse(Files.exists(usual) ? usual : own));
    }
}
