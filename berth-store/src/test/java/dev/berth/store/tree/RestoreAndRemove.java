package dev.berth.store.tree;

import dev.berth.linux.Directory;
import dev.berth.linux.Entry;
import dev.berth.linux.FileStat;
import dev.berth.linux.FileType;
import java.io.IOException;
import java.nio.file.Path;

/** A program for a process of another user: restores trees, looks at their metadata, and removes them. */
final class RestoreAndRemove {
    private RestoreAndRemove() {}

    public static void main(String[] arguments) throws IOException {
        boolean good = true;
        for (long seed = 0; seed < 10; seed++) {
            Path tree = Path.of(arguments[0], "tree" + seed);
            try (TreeSink sink = TreeSink.at(tree, TreeOptions.DEFAULT)) {
                new RandomTree(seed).sendTo(sink);
                sink.complete();
            }
            try (TreeLocation location = TreeLocation.of("test", tree)) {
                good &= isCanonical(location.parent(), location.name());
            }
            TreeRemoval.remove(tree);
        }
        System.out.println((good ? "canonical" : "not canonical") + ", removed");
    }

    private static boolean isCanonical(Directory directory, byte[] name) throws IOException {
        FileStat stat = directory.stat(name);
        boolean good = stat.owner() == 65534 && stat.group() == 65534 && stat.modified() == 1;
        good &= stat.type() == FileType.SYMLINK || stat.permissions() == 0555 || stat.permissions() == 0444;
        if (stat.type() == FileType.DIRECTORY) {
            try (Directory inside = directory.openDirectory(name)) {
                for (Entry entry : inside.entries()) {
                    good &= isCanonical(inside, entry.name());
                }
            }
        }
        return good;
    }
}
