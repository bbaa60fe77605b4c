package dev.berth.node;

import dev.berth.nix.PublicKey;
import dev.berth.testing.RealNix;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A binary cache in a directory, written by the real Nix.
 *
 * @param nix where paths are built
 * @param uri of the cache
 * @param key by which it is signed
 */
record SignedCache(RealNix nix, String uri, PublicKey key, Path secret) {
    /** An empty one in a directory that exists. */
    static SignedCache in(Path dir, String keyName) {
        try {
            RealNix nix = new RealNix(Files.createDirectories(dir.resolve("source")));
            Path secret = dir.resolve(keyName + ".secret");
            Path trusted = dir.resolve(keyName + ".public");
            nix.output("nix-store", "--generate-binary-cache-key", keyName, secret.toString(), trusted.toString());
            String uri = "file://" + dir.resolve("cache-" + keyName);
            return new SignedCache(
                    nix, uri, PublicKey.parse(Files.readString(trusted).strip()), secret);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Builds a {@linkplain TestNode#closure closure} and puts it there. */
    String closure(String name) {
        String app = TestNode.closure(nix, name);
        push(app);
        return app;
    }

    /** Puts the closure of a path there. */
    void push(String path) {
        nix.output("nix", "copy", "--to", uri + "?compression=none&secret-key=" + secret, path);
    }

    /** An agent's configuration that fetches from it. */
    NodeConfig substitutes(NodeConfig config) {
        return config.withSubstituters(List.of(uri), List.of(key));
    }
}
