package dev.berth.node.presentation;

import dev.berth.linux.Directory;
import dev.berth.linux.Entry;
import dev.berth.linux.FileType;
import dev.berth.linux.Names;
import dev.berth.nix.StorePath;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Hard links made one after the other; the root shows the primary path's tree with its links as they are. */
public final class SequentialHardlinks implements Presentation {
    private static final int WRITABLE = 0755;
    private static final int CANONICAL = 0555;

    @Override
    public void present(Closure closure, Path root) throws IOException {
        Path shown =
                Files.createDirectories(root.resolve(closure.storeDir().path().substring(1)));
        try (Directory from = Directory.open(closure.realStoreDir());
                Directory to = Directory.open(shown);
                Directory top = Directory.open(root)) {
            for (StorePath path : closure.paths()) {
                byte[] name = path.baseName().getBytes(StandardCharsets.US_ASCII);
                show(from, name, from.stat(name).type(), to);
            }
            byte[] primary = closure.primary().baseName().getBytes(StandardCharsets.US_ASCII);
            if (from.stat(primary).type() == FileType.DIRECTORY) {
                byte[] taken = Names.bytes(Path.of("/")
                        .relativize(Path.of(closure.storeDir().path()))
                        .getName(0));
                try (Directory tree = from.openDirectory(primary)) {
                    for (Entry entry : tree.entries()) {
                        if (!java.util.Arrays.equals(entry.name(), taken)) {
                            show(tree, entry.name(), entry.type(), top);
                        }
                    }
                }
            }
        }
    }

    private static void show(Directory from, byte[] name, FileType type, Directory to) throws IOException {
        if (type != FileType.DIRECTORY) {
            from.link(name, to, name);
            return;
        }
        to.makeDirectory(name, WRITABLE);
        try (Directory source = from.openDirectory(name);
                Directory made = to.openDirectory(name)) {
            for (Entry entry : source.entries()) {
                show(source, entry.name(), entry.type(), made);
            }
            made.setPermissions(CANONICAL);
            made.setModified(1);
        }
    }
}
