package dev.berth.bench.work;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.nix.StorePath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class WorkStoreTest {
    private static final String HASH = "0".repeat(StorePath.HASH_LENGTH);

    @TempDir
    private Path root;

    @Test
    void firstPathsAreThoseOfTheLeastNumbers() throws IOException {
        Path store = Files.createDirectories(root.resolve("nix/store"));
        for (String name : List.of("small-0", "small-9", "small-10", "small-100", "small-root-0", "many-1")) {
            Files.createDirectory(store.resolve(HASH + "-" + name));
        }
        assertThat(new WorkStore(Work.SMALL, root, List.of()).first(10))
                .containsExactlyInAnyOrder("/nix/store/" + HASH + "-small-0", "/nix/store/" + HASH + "-small-9");
    }
}
