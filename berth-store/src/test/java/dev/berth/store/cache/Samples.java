package dev.berth.store.cache;

import dev.berth.nix.Hash;
import dev.berth.nix.NixBase32;
import dev.berth.nix.PathInfo;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarHasher;
import dev.berth.nix.nar.NarSource;
import dev.berth.nix.nar.NarWriter;
import dev.berth.store.Store;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** Trees and paths for the tests of caches. */
final class Samples {
    private Samples() {}

    /** A directory of a few files, half of them noise, an executable and a link; about {@code size} bytes. */
    static NarSource tree(long seed, int size) {
        return sink -> {
            Random random = new Random(seed);
            sink.startDirectory();
            for (int i = 0; i < 4; i++) {
                byte[] bytes = new byte[size / 4 + random.nextInt(100)];
                if (i % 2 == 0) {
                    random.nextBytes(bytes);
                } else {
                    Arrays.fill(bytes, (byte) ('a' + random.nextInt(26)));
                }
                sink.entry(("file" + i).getBytes(StandardCharsets.UTF_8));
                sink.startFile(i == 3, bytes.length);
                sink.contents(bytes, 0, bytes.length);
                sink.endFile();
            }
            sink.entry("link".getBytes(StandardCharsets.UTF_8));
            sink.symlink("file0".getBytes(StandardCharsets.UTF_8));
            sink.endDirectory();
        };
    }

    static byte[] nar(NarSource tree) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            tree.sendTo(new NarWriter(bytes));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    static StorePath path(String name, long seed) {
        byte[] hash = new byte[20];
        new Random(seed).nextBytes(hash);
        return new StorePath(NixBase32.encode(hash) + "-" + name);
    }

    static PathInfo info(StorePath path, NarSource tree, StorePath... references) {
        byte[] nar = nar(tree);
        return PathInfo.of(path, Hash.sha256(nar), nar.length, List.of(references));
    }

    /** The NAR hash of what a store tells. */
    static Hash told(Store store, StorePath path) {
        NarHasher hasher = new NarHasher();
        store.nar(path, hasher);
        return hasher.hash();
    }

    /** The regular files below a directory, relative, in order. */
    static List<String> files(Path directory) {
        if (!Files.exists(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> directory.relativize(file).toString())
                    .filter(name -> !name.equals(".berth-tmp/lock"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
