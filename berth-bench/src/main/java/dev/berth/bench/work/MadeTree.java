package dev.berth.bench.work;

import dev.berth.nix.nar.NarSink;
import dev.berth.nix.nar.NarSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A directory tree that follows from its numbers; can be told again and again.
 *
 * @param seed of sizes and bytes
 * @param files how many files of noise there are
 * @param perDirectory how many of them lie in one directory
 * @param smallest the least size of a file in bytes
 * @param largest the greatest
 * @param compressible whether the second half of each file is text
 * @param references full store paths to name in a file {@code deps}; with it come a program and a symbolic link, as
 *     packages have them. None if the tree is only files
 */
record MadeTree(
        long seed,
        int files,
        int perDirectory,
        int smallest,
        int largest,
        boolean compressible,
        List<String> references)
        implements NarSource {
    private static final int PIECE = 64 * 1024;

    MadeTree {
        references = List.copyOf(references);
    }

    @Override
    public void sendTo(NarSink sink) throws IOException {
        Noise noise = new Noise(seed);
        byte[] buffer = new byte[PIECE];
        if (references.isEmpty()) {
            directories(sink, noise, buffer, false);
            return;
        }
        sink.startDirectory();
        sink.entry(bytes("bin"));
        sink.startDirectory();
        sink.entry(bytes("run"));
        file(sink, true, "exec me %d\n".formatted(seed));
        sink.endDirectory();
        sink.entry(bytes("deps"));
        file(sink, false, String.join("\n", references) + "\n");
        sink.entry(bytes("lib"));
        directories(sink, noise, buffer, true);
        sink.endDirectory();
    }

    private void directories(NarSink sink, Noise noise, byte[] buffer, boolean link) throws IOException {
        sink.startDirectory();
        for (int made = 0; made < files; ) {
            sink.entry(bytes("d%04d".formatted(made / perDirectory)));
            sink.startDirectory();
            for (int i = 0; i < perDirectory && made < files; i++, made++) {
                sink.entry(bytes("f%04d".formatted(i)));
                noisy(sink, noise, buffer);
            }
            sink.endDirectory();
        }
        if (link) {
            sink.entry(bytes("libx.so"));
            sink.symlink(bytes("d0000/f0000"));
        }
        sink.endDirectory();
    }

    private void noisy(NarSink sink, Noise noise, byte[] buffer) throws IOException {
        int size = noise.between(smallest, largest);
        int random = compressible ? size / 2 : size;
        sink.startFile(false, size);
        for (int done = 0; done < size; ) {
            int piece = Math.min((done < random ? random : size) - done, PIECE);
            if (done < random) {
                noise.random(buffer, piece);
            } else {
                noise.text(buffer, piece);
            }
            sink.contents(buffer, 0, piece);
            done += piece;
        }
        sink.endFile();
    }

    private static void file(NarSink sink, boolean executable, String text) throws IOException {
        byte[] content = bytes(text);
        sink.startFile(executable, content.length);
        sink.contents(content, 0, content.length);
        sink.endFile();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
