package dev.berth.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BuildRootTest {
    @TempDir
    private Path directory;

    @Test
    void whoMayNotWriteTheSharedRootBuildsInTheirCache() {
        Path usual = Path.of("/var/lib/berth/run/build");
        Map<String, String> user = Map.of("HOME", "/home/u");
        assertThat(new BuildRoot(user, _ -> true).path()).isEqualTo(usual);
        assertThat(new BuildRoot(user, _ -> false).path()).isEqualTo(Path.of("/home/u/.cache/berth/build"));
        assertThat(new BuildRoot(Map.of("HOME", "/home/u", "XDG_CACHE_HOME", "/c"), _ -> false).path())
                .isEqualTo(Path.of("/c/berth/build"));
        assertThat(new BuildRoot(Map.of(), _ -> false).path()).isEqualTo(usual);
    }

    @Test
    void whatIsAskedIsTheNearestDirectoryThereIs() throws Exception {
        Path there = Files.createDirectories(directory.resolve("a/b"));
        Map<String, String> given =
                Map.of("HOME", "/home/u", "BERTH_RUN_ROOT", there.resolve("c/d").toString());
        assertThat(new BuildRoot(given, there::equals).path()).isEqualTo(there.resolve("c/d/build"));
        // Who names a directory means it, and is told if it can't be written.
        assertThat(new BuildRoot(given, _ -> false).path()).isEqualTo(there.resolve("c/d/build"));
    }
}
