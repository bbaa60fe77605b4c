package dev.berth.store.tree;

import dev.berth.nix.nar.NarSink;
import dev.berth.nix.nar.NarSource;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import java.util.TreeSet;

/** A small tree by chance, the same one each time it is told. */
record RandomTree(long seed) implements NarSource {
    @Override
    public void sendTo(NarSink sink) throws IOException {
        node(sink, new Random(seed), 4);
    }

    private static void node(NarSink sink, Random random, int depth) throws IOException {
        switch (random.nextInt(depth > 0 ? 5 : 2)) {
            case 0 -> sink.symlink(bytes(random, 1 + random.nextInt(300)));
            case 1 -> {
                byte[] contents = new byte[random.nextInt(5) == 0 ? random.nextInt(150_000) : random.nextInt(30)];
                random.nextBytes(contents);
                sink.startFile(random.nextBoolean(), contents.length);
                int half = contents.length / 2;
                sink.contents(contents, 0, half);
                sink.contents(contents, half, contents.length - half);
                sink.endFile();
            }
            default -> {
                sink.startDirectory();
                TreeSet<byte[]> names = new TreeSet<>(Arrays::compareUnsigned);
                for (int i = random.nextInt(6); i > 0; i--) {
                    byte[] name = bytes(random, 1 + random.nextInt(random.nextInt(8) == 0 ? 255 : 5));
                    name[0] = name[0] == '.' ? (byte) 0xfe : name[0];
                    names.add(name);
                }
                for (byte[] name : names) {
                    sink.entry(name);
                    node(sink, random, depth - 1);
                }
                sink.endDirectory();
            }
        }
    }

    /** Without NUL and slash. */
    private static byte[] bytes(Random random, int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (1 + random.nextInt(255));
            bytes[i] = bytes[i] == '/' ? (byte) '\n' : bytes[i];
        }
        return bytes;
    }
}
