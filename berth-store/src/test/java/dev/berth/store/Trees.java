package dev.berth.store;

import dev.berth.nix.ContentAddress;
import dev.berth.nix.ContentAddressMethod;
import dev.berth.nix.PathInfo;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.nix.StorePaths;
import dev.berth.nix.nar.NarHasher;
import dev.berth.nix.nar.NarSink;
import dev.berth.nix.nar.NarSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** Trees for tests, and the path infos that fit them. */
public final class Trees {
    private Trees() {}

    /** A regular file. */
    public static NarSource file(String contents) {
        byte[] bytes = contents.getBytes(StandardCharsets.UTF_8);
        return sink -> file(sink, false, bytes);
    }

    private static void file(NarSink sink, boolean executable, byte[] bytes) throws IOException {
        sink.startFile(executable, bytes.length);
        sink.contents(bytes, 0, bytes.length);
        sink.endFile();
    }

    /** A tree with directories, an empty file, an executable, links, and names in no encoding; the same for a seed. */
    public static NarSource tree(long seed) {
        return sink -> {
            RandomGenerator random = new java.util.Random(seed);
            sink.startDirectory();
            sink.entry(bytes("bin"));
            sink.startDirectory();
            sink.entry(bytes("run"));
            file(sink, true, bytes("#!/bin/sh\necho " + random.nextLong() + "\n"));
            sink.endDirectory();
            sink.entry(bytes("empty"));
            file(sink, false, new byte[0]);
            sink.entry(bytes("hollow"));
            sink.startDirectory();
            sink.endDirectory();
            sink.entry(bytes("large"));
            byte[] large = new byte[random.nextInt(1, 200_000)];
            random.nextBytes(large);
            file(sink, false, large);
            sink.entry(bytes("link"));
            sink.symlink(bytes("bin/run"));
            sink.entry(new byte[] {'n', (byte) 0xc3, (byte) 0xa4, (byte) 0xff, ' '});
            file(sink, false, bytes("odd"));
            sink.endDirectory();
        };
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** The path info of a tree under a path of any hash. */
    public static PathInfo info(StorePath path, NarSource tree, Collection<StorePath> references) {
        NarHasher hasher = hash(tree);
        return PathInfo.of(path, hasher.hash(), hasher.size(), references);
    }

    /** The path info of a tree, content-addressed by its NAR. */
    public static PathInfo info(StoreDir storeDir, String name, NarSource tree, Collection<StorePath> references) {
        NarHasher hasher = hash(tree);
        long size = hasher.size();
        ContentAddress address = new ContentAddress(ContentAddressMethod.NAR, hasher.hash());
        StorePath path = StorePaths.ofContentAddress(storeDir, name, address, references, false);
        return PathInfo.of(path, address.hash(), size, references).withCa(Optional.of(address));
    }

    private static NarHasher hash(NarSource tree) {
        try {
            NarHasher hasher = new NarHasher();
            tree.sendTo(hasher);
            return hasher;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
