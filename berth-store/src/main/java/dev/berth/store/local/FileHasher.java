package dev.berth.store.local;

import dev.berth.nix.Hash;
import dev.berth.nix.HashAlgorithm;
import dev.berth.nix.nar.NarException;
import dev.berth.nix.nar.NarSink;
import java.security.MessageDigest;

/** Hashes the bytes of a tree that is one regular file, as flat and text content addresses are made. */
final class FileHasher implements NarSink {
    private final HashAlgorithm algorithm;
    private final MessageDigest digest;

    FileHasher(HashAlgorithm algorithm) {
        this.algorithm = algorithm;
        this.digest = algorithm.newDigest();
    }

    /** The hash, once the file is complete; to be asked once. */
    Hash hash() {
        return Hash.of(algorithm, digest);
    }

    @Override
    public void startFile(boolean executable, long size) throws NarException {
        if (executable) {
            throw new NarException("an executable file has no flat or text content address");
        }
    }

    @Override
    public void contents(byte[] buffer, int offset, int length) {
        digest.update(buffer, offset, length);
    }

    @Override
    public void endFile() {
        // The hash is complete with the last contents.
    }

    @Override
    public void startDirectory() throws NarException {
        throw notAFile("a directory");
    }

    @Override
    public void entry(byte[] name) throws NarException {
        throw notAFile("an entry");
    }

    @Override
    public void endDirectory() throws NarException {
        throw notAFile("a directory");
    }

    @Override
    public void symlink(byte[] target) throws NarException {
        throw notAFile("a symbolic link");
    }

    private static NarException notAFile(String what) {
        return new NarException(what + " where a flat or text content address needs a regular file");
    }
}
