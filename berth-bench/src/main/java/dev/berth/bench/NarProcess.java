package dev.berth.bench;

import dev.berth.nix.nar.NarReader;
import dev.berth.nix.nar.NarWriter;
import dev.berth.store.tree.TreeOptions;
import dev.berth.store.tree.TreeSink;
import dev.berth.store.tree.TreeSource;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;

/** A process that dumps or restores one NAR: {@code dump PATH} to its standard output, {@code restore PATH} from its input. */
final class NarProcess {
    private NarProcess() {}

    public static void main(String[] arguments) throws IOException {
        Path path = Path.of(arguments[1]);
        switch (arguments[0]) {
            case "dump" -> {
                try (OutputStream out = new FileOutputStream(FileDescriptor.out)) {
                    dump(path, out);
                }
            }
            case "restore" -> {
                try (InputStream in = new FileInputStream(FileDescriptor.in)) {
                    restore(in, path);
                }
            }
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    static void dump(Path tree, OutputStream out) throws IOException {
        new TreeSource(tree).sendTo(new NarWriter(out));
    }

    static void restore(InputStream in, Path tree) throws IOException {
        try (TreeSink sink = TreeSink.at(tree, TreeOptions.DEFAULT)) {
            NarReader.whole(in).sendTo(sink);
            sink.complete();
        }
    }
}
