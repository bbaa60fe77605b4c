package dev.berth.store.tree;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A directory of a test. Not JUnit's own, which can't remove names that the locale can't say. */
record TemporaryDirectory(Path path) implements AutoCloseable {
    static TemporaryDirectory make() throws IOException {
        return new TemporaryDirectory(Files.createTempDirectory("berth-tree"));
    }

    Path resolve(String name) {
        return path.resolve(name);
    }

    @Override
    public void close() {
        TreeRemoval.remove(path);
    }
}
