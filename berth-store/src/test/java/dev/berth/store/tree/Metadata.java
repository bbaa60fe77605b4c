package dev.berth.store.tree;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.linux.Directory;
import dev.berth.linux.Entry;
import dev.berth.linux.FileStat;
import dev.berth.linux.FileType;
import dev.berth.linux.Names;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Looks at the metadata of every file of a tree. */
final class Metadata {
    private Metadata() {}

    /** Fails unless all of it is as Nix wants it; gives the number of nodes. */
    static int requireCanonical(Path path) throws IOException {
        try (TreeLocation location = TreeLocation.of("test", path)) {
            return node(location.parent(), location.name());
        }
    }

    private static int node(Directory directory, byte[] name) throws IOException {
        FileStat stat = directory.stat(name);
        String what = directory + "/" + Names.show(name);
        FileStat self = Canonical.self();
        assertThat(stat.owner()).as(what).isEqualTo(self.owner());
        assertThat(stat.group()).as(what).isEqualTo(self.group());
        assertThat(stat.modified()).as(what).isEqualTo(1);
        assertThat(stat.modifiedNanos()).as(what).isZero();
        assertThat(directory.attributes(name).names()).as(what).isEqualTo(List.of());
        int count = 1;
        switch (stat.type()) {
            case DIRECTORY -> {
                assertThat(stat.permissions()).as(what).isEqualTo(0555);
                try (Directory inside = directory.openDirectory(name)) {
                    for (Entry entry : inside.entries()) {
                        count += node(inside, entry.name());
                    }
                }
            }
            case REGULAR -> assertThat(stat.permissions()).as(what).isIn(0444, 0555);
            default -> assertThat(stat.type()).as(what).isEqualTo(FileType.SYMLINK);
        }
        return count;
    }
}
