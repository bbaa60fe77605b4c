package dev.berth.gateway.http;

import dev.berth.nix.FormatException;
import dev.berth.nix.PathInfo;
import dev.berth.nix.PublicKey;
import dev.berth.nix.Realisation;
import dev.berth.nix.SecretKey;
import dev.berth.nix.StoreDir;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The cache's own keys. Signing with one takes about a millisecond. Any thread. */
final class Signer {
    private final List<SecretKey> keys = new ArrayList<>();

    /** @throws IOException if a file cannot be read, or holds no key */
    Signer(List<Path> files) throws IOException {
        for (Path file : files) {
            try {
                keys.add(SecretKey.parse(Files.readString(file)));
            } catch (FormatException e) {
                throw new IOException("the key file '" + file + "' holds no key: " + e.getMessage(), e);
            }
        }
    }

    List<PublicKey> publicKeys() {
        return keys.stream().map(SecretKey::publicKey).toList();
    }

    PathInfo sign(StoreDir storeDir, PathInfo info) {
        PathInfo signed = info;
        for (SecretKey key : keys) {
            signed = signed.signed(storeDir, key);
        }
        return signed;
    }

    Realisation sign(Realisation realisation) {
        Realisation signed = realisation;
        for (SecretKey key : keys) {
            signed = signed.signed(key);
        }
        return signed;
    }
}
