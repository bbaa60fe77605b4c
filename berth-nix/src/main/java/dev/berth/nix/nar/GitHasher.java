package dev.berth.nix.nar;

import dev.berth.nix.Hash;
import dev.berth.nix.HashAlgorithm;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Hashes a tree as Git names it: the blob or tree object that its root is (libutil/git.cc; Git's documentation of its
 * objects). The name of a tree needs the names of all its entries first, so those of the directories that are open are
 * held, up to a limit of about a hundred thousand; a file never is. One thread.
 */
public final class GitHasher implements NarSink {
    private static final long LIMIT = 32 << 20;
    // What the heap holds of an entry beside its name, roughly.
    private static final long OVERHEAD = 256;

    private final HashAlgorithm algorithm;
    private final MessageDigest digest;
    private final Deque<Directory> open = new ArrayDeque<>();
    private Mode mode = Mode.FILE;
    private Optional<Hash> root = Optional.empty();
    private long held;

    /**
     * Hashes by the algorithm of a repository's objects.
     *
     * @param algorithm SHA-1 or SHA-256
     * @throws IllegalArgumentException if it is another
     */
    public GitHasher(HashAlgorithm algorithm) {
        if (!knows(algorithm)) {
            throw new IllegalArgumentException("Git hashes by sha1 or sha256, not by " + algorithm.text());
        }
        this.algorithm = algorithm;
        this.digest = algorithm.newDigest();
    }

    /** Whether Git hashes so. */
    public static boolean knows(HashAlgorithm algorithm) {
        return algorithm == HashAlgorithm.SHA1 || algorithm == HashAlgorithm.SHA256;
    }

    /**
     * The hash of the root.
     *
     * @throws IllegalStateException if the tree is not complete
     */
    public Hash hash() {
        return root.orElseThrow(() -> new IllegalStateException("the tree is not complete"));
    }

    @Override
    public void startDirectory() {
        open.push(new Directory());
    }

    @Override
    public void entry(byte[] name) throws NarException {
        Directory directory = open.element();
        directory.name = name.clone();
        directory.held += name.length + OVERHEAD;
        held += name.length + OVERHEAD;
        if (held > LIMIT) {
            throw new NarException("a directory has too many entries to be hashed as Git does");
        }
    }

    @Override
    public void endDirectory() throws IOException {
        Directory directory = open.pop();
        ByteArrayOutputStream records = new ByteArrayOutputStream();
        for (byte[] record : directory.records.values()) {
            records.write(record);
        }
        held -= directory.held;
        begin("tree", records.size());
        digest.update(records.toByteArray());
        complete(Mode.DIRECTORY);
    }

    @Override
    public void startFile(boolean executable, long size) {
        begin("blob", size);
        mode = executable ? Mode.EXECUTABLE : Mode.FILE;
    }

    @Override
    public void contents(byte[] buffer, int offset, int length) {
        digest.update(buffer, offset, length);
    }

    @Override
    public void endFile() {
        complete(mode);
    }

    @Override
    public void symlink(byte[] target) {
        begin("blob", target.length);
        digest.update(target);
        complete(Mode.SYMLINK);
    }

    private void begin(String type, long size) {
        digest.update((type + " " + size + "\0").getBytes(StandardCharsets.US_ASCII));
    }

    private void complete(Mode of) {
        Hash hash = Hash.of(algorithm, digest);
        if (open.isEmpty()) {
            root = Optional.of(hash);
        } else {
            open.element().add(of, hash);
        }
    }

    private enum Mode {
        DIRECTORY("40000"),
        FILE("100644"),
        EXECUTABLE("100755"),
        SYMLINK("120000");

        private final String text;

        Mode(String text) {
            this.text = text;
        }
    }

    private static final class Directory {
        // Git sorts a directory as if its name ended with a slash.
        private final SortedMap<byte[], byte[]> records = new TreeMap<>(Arrays::compareUnsigned);
        private byte[] name = {};
        private long held;

        private void add(Mode mode, Hash hash) {
            byte[] key = mode == Mode.DIRECTORY ? Arrays.copyOf(name, name.length + 1) : name;
            if (mode == Mode.DIRECTORY) {
                key[name.length] = '/';
            }
            ByteArrayOutputStream entry = new ByteArrayOutputStream();
            entry.writeBytes((mode.text + " ").getBytes(StandardCharsets.US_ASCII));
            entry.writeBytes(name);
            entry.write(0);
            entry.writeBytes(hash.bytes());
            records.put(key, entry.toByteArray());
        }
    }
}
