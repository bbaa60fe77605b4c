package dev.berth.nix.nar;

import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/** Trees by chance: odd names, empty files and directories, large files, long targets. */
final class RandomTree implements NarSource {
    private final RandomGenerator random;
    private final int size;

    /** @param size roughly how many nodes */
    RandomTree(RandomGenerator random, int size) {
        this.random = random;
        this.size = size;
    }

    @Override
    public void sendTo(NarSink sink) throws IOException {
        node(sink, size);
    }

    private void node(NarSink sink, int budget) throws IOException {
        int kind = random.nextInt(10);
        if ((budget > 1 && kind < 7) || kind == 0) {
            sink.startDirectory();
            Map<byte[], Integer> entries = new TreeMap<>(java.util.Arrays::compareUnsigned);
            for (int left = budget - 1; left > 0; ) {
                int share = 1 + random.nextInt(left);
                entries.put(name(), share);
                left -= share;
            }
            for (Map.Entry<byte[], Integer> entry : entries.entrySet()) {
                sink.entry(entry.getKey());
                node(sink, entry.getValue());
            }
            sink.endDirectory();
        } else if (kind < 9) {
            int length = random.nextInt(8) == 0 ? random.nextInt(200_000) : random.nextInt(20);
            sink.startFile(random.nextBoolean(), length);
            for (int left = length; left > 0; ) {
                byte[] piece = new byte[1 + random.nextInt(left)];
                random.nextBytes(piece);
                sink.contents(piece, 0, piece.length);
                left -= piece.length;
            }
            sink.endFile();
        } else {
            sink.symlink(bytes(random.nextInt(5) == 0 ? 4095 : 1 + random.nextInt(40)));
        }
    }

    private byte[] name() {
        while (true) {
            byte[] name = bytes(random.nextInt(10) == 0 ? 255 : 1 + random.nextInt(4));
            for (int i = 0; i < name.length; i++) {
                if (name[i] == '/') {
                    name[i] = '\n';
                }
            }
            if (name[0] != '.') {
                return name;
            }
        }
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (1 + random.nextInt(255));
        }
        return bytes;
    }
}
