package dev.berth.gateway;

import dev.berth.nix.PathInfo;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarHasher;
import dev.berth.nix.nar.NarSource;
import dev.berth.nix.nar.NarWriter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Random;

/** Trees and path infos for tests. */
final class Things {
    private Things() {}

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static InputStream stream(String text) {
        return new ByteArrayInputStream(bytes(text));
    }

    /** A file of that many bytes by chance. */
    static byte[] random(long seed, int size) {
        byte[] bytes = new byte[size];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    static NarSource file(byte[] contents) {
        return sink -> {
            sink.startFile(false, contents.length);
            sink.contents(contents, 0, contents.length);
            sink.endFile();
        };
    }

    /** A directory with two files of these contents and a link. */
    static NarSource tree(byte[] contents) {
        return sink -> {
            sink.startDirectory();
            sink.entry(bytes("a"));
            file(contents).sendTo(sink);
            sink.entry(bytes("b"));
            file(contents).sendTo(sink);
            sink.entry(bytes("link"));
            sink.symlink(bytes("a"));
            sink.endDirectory();
        };
    }

    static byte[] nar(NarSource source) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        source.sendTo(new NarWriter(out));
        return out.toByteArray();
    }

    /** A path as another store made it: its name is by chance. */
    static PathInfo info(String name, NarSource source, Collection<StorePath> references) throws IOException {
        NarHasher hasher = new NarHasher();
        source.sendTo(hasher);
        String digits = "0123456789abcdfghijklmnpqrsvwxyz";
        StringBuilder hash = new StringBuilder();
        Random random = new Random(name.hashCode());
        for (int i = 0; i < StorePath.HASH_LENGTH; i++) {
            hash.append(digits.charAt(random.nextInt(digits.length())));
        }
        StorePath path = new StorePath(hash + "-" + name);
        return PathInfo.of(path, hasher.hash(), hasher.size(), references);
    }

    static String print(StorePath path) {
        return StoreDir.DEFAULT.print(path);
    }

    static List<StorePath> none() {
        return List.of();
    }
}
