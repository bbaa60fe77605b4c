package dev.berth.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.nix.NarInfo;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.store.local.LocalStore;
import dev.berth.store.local.LocalStoreConfig;
import dev.berth.testing.Command;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** What is on the machine of a root's runs. */
record State(Path root) {
    private static final long PATIENCE_SECONDS = 60;

    static State of(Path root) throws IOException {
        return new State(root.toRealPath());
    }

    /** Fails unless no mount, process, pod or half-written path is left. Real Nix reads every file of the stores. */
    void isClean() throws IOException {
        hasNothingHalfDone();
        verify();
    }

    /** Fails if a mount, a process, a pod, or a file that belongs to nothing valid is left. */
    void hasNothingHalfDone() throws IOException {
        assertThat(mounts()).isEmpty();
        assertThat(processes()).isEmpty();
        assertThat(root.resolve("running")).doesNotExist();
        assertThat(root.resolve("pods")).isEmptyDirectory();
        assertThat(root.resolve("stage")).isEmptyDirectory();
        try (Stream<Path> files = Files.walk(root.resolve("cache"))) {
            assertThat(files.filter(Files::isRegularFile)
                            .map(file -> file.getFileName().toString()))
                    .allMatch(name -> List.of("nix-cache-info", "lock").contains(name)
                            || name.matches("[0-9a-z]{32}\\.narinfo|[0-9a-z]{52}\\.nar(\\.zst)?"));
        }
        cacheIsWhole();
        storesHaveOnlyWhatIsValid();
    }

    /** Fails unless the cache has the NAR and the references of every path that it has. */
    void cacheIsWhole() throws IOException {
        Path cache = root.resolve("cache");
        try (DirectoryStream<Path> files = Files.newDirectoryStream(cache, "*.narinfo")) {
            for (Path file : files) {
                NarInfo info = NarInfo.parse(StoreDir.DEFAULT, Files.readString(file), file.toString());
                assertThat(cache.resolve(info.url())).isRegularFile();
                assertThat(info.info().references())
                        .allSatisfy(reference -> assertThat(cache.resolve(reference.hashPart() + ".narinfo"))
                                .exists());
            }
        }
    }

    private List<Path> stores() {
        return Stream.of("build", "node")
                .map(root::resolve)
                .filter(store -> Files.exists(store.resolve("nix/var/nix/db/db.sqlite")))
                .toList();
    }

    private void storesHaveOnlyWhatIsValid() throws IOException {
        for (Path directory : stores()) {
            List<String> valid;
            try (LocalStore store =
                    LocalStore.open(LocalStoreConfig.root(directory).forReading())) {
                valid = store.allValidPaths().map(StorePath::baseName).toList();
            }
            try (Stream<Path> files = Files.list(directory.resolve("nix/store"))) {
                assertThat(files.map(file -> file.getFileName().toString()).filter(name -> !name.equals(".links")))
                        .containsExactlyInAnyOrderElementsOf(valid);
            }
        }
    }

    private void verify() {
        for (Path directory : stores()) {
            String uri = "local?root=" + directory;
            Command.Result verified = Command.of(
                            "nix-store",
                            "--verify",
                            "--check-contents",
                            "--store",
                            uri,
                            "--option",
                            "build-users-group",
                            "")
                    .succeed();
            assertThat((verified.stdout() + verified.stderr())
                            .lines()
                            .filter(line -> !line.matches("(reading|checking) .*\\.\\.\\.|warning: the group.*")))
                    .isEmpty();
        }
    }

    private List<String> mounts() throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/mountinfo"), StandardCharsets.ISO_8859_1)) {
            return lines.filter(line -> line.contains(root.toString())).toList();
        }
    }

    /** Those whose command line or root names this root. */
    private List<String> processes() throws IOException {
        List<String> found = new ArrayList<>();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : processes) {
                if (process.endsWith(Long.toString(ProcessHandle.current().pid()))) {
                    continue;
                }
                try {
                    String line = Files.readString(process.resolve("cmdline"), StandardCharsets.ISO_8859_1);
                    String mounts = Files.readString(process.resolve("mountinfo"), StandardCharsets.ISO_8859_1);
                    if (line.contains(root.toString()) || mounts.contains(new Layout(root).mark())) {
                        found.add(process + " " + line.replace('\0', ' '));
                    }
                } catch (IOException e) {
                    // It has ended, so it is not one that remains.
                }
            }
        }
        return found;
    }

    void delete() throws IOException {
        Trees.delete(root);
    }

    static void waitFor(BooleanSupplier condition, Supplier<String> otherwise) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("waited for too long: " + otherwise.get());
            }
            Thread.sleep(10);
        }
    }
}
