package dev.berth.cli.store;

import dev.berth.nix.FormatException;
import dev.berth.nix.SecretKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A file with a secret key, as a command line names it.
 *
 * @param file where it is
 */
public record KeyFile(Path file) {
    /**
     * The key.
     *
     * @throws IOException if the file can't be read, or is none, in words that name it
     */
    public SecretKey read() throws IOException {
        try {
            return SecretKey.parse(Files.readString(file));
        } catch (FormatException e) {
            throw new IOException("the key file '" + file + "' holds no secret key: " + e.getMessage(), e);
        }
    }
}
