package dev.berth.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.testing.Command;
import dev.berth.testing.RealNix;
import dev.berth.testing.Requires;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** A hundred volumes of one closure cost what one costs. */
@ParameterizedClass
@EnumSource(names = {"COMPOSEFS", "HARDLINK"})
class SharingTest {
    private static final int VOLUMES = 100;
    private static final int MEBIBYTE = 1 << 20;
    private static final int SIZE = 16;

    private final PresentationChoice presentation;

    @TempDir
    private Path dir;

    SharingTest(PresentationChoice presentation) {
        this.presentation = presentation;
    }

    @Test
    void aHundredVolumesShareInodesAndPageCache() throws IOException {
        Requires.root();
        Requires.program("fincore");
        RealNix nix = new RealNix(dir);
        String data = nix.build("""
                derivation { name = "data"; system = "%s"; builder = "/bin/sh";
                  args = [ "-c" "mkdir $out; dd if=/dev/urandom of=$out/blob bs=1048576 count=%d" ]; }
                """.formatted(TestNode.SYSTEM, SIZE)).getFirst();
        try (TestNode node = TestNode.start(dir, presentation)) {
            List<Path> blobs = new ArrayList<>();
            for (int i = 0; i < VOLUMES; i++) {
                // Every other one can be written to: an overlay reads the same lower files.
                blobs.add(node.publish("pod-" + i, i % 2 == 0, data)
                        .resolve(data.substring(1))
                        .resolve("blob"));
            }
            assertThat(TestNode.names(node.state().resolve("trees"))).hasSize(1);
            Set<String> inodes = new HashSet<>();
            for (int i = 0; i < VOLUMES; i += 2) {
                inodes.add(inode(blobs.get(i)));
            }
            assertThat(inodes).hasSize(1);
            if (presentation == PresentationChoice.HARDLINK) {
                assertThat(inodes).containsExactly(inode(nix.real(data).resolve("blob")));
            }

            evict(nix.real(data).resolve("blob"));
            // The kernel may take single pages away, or be slow to, at any time: halves tell read from unread.
            long half = (long) SIZE * MEBIBYTE / 2;
            assertThat(cached(blobs.getFirst())).isLessThan(half);
            // One volume reads, and every other one has it in memory.
            Files.readAllBytes(blobs.get(1));
            for (int i = 0; i < VOLUMES; i += 2) {
                assertThat(cached(blobs.get(i))).as("volume %d", i).isGreaterThan(half);
            }
            hold();
            for (int i = 0; i < VOLUMES; i++) {
                node.unpublish("pod-" + i);
            }
            node.assertNothingLeft();
        }
        nix.verifies(nix.uri());
    }

    /** Keeps the volumes for who wants to look at them: see docs/sharing.md. */
    private void hold() {
        long seconds = Long.getLong("berth.sharing.hold", 0);
        if (seconds > 0) {
            System.out.println("holding " + VOLUMES + " volumes for " + seconds + " s in " + dir);
            try {
                Thread.sleep(seconds * 1000);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** The device and the inode. */
    private static String inode(Path file) throws IOException {
        return Files.getAttribute(file, "unix:dev") + ":" + Files.getAttribute(file, "unix:ino");
    }

    private static void evict(Path file) {
        Command.of("sync", file.toString()).succeed();
        Command.of("dd", "if=" + file, "iflag=nocache", "count=0").succeed();
    }

    private static long cached(Path file) {
        return Long.parseLong(Command.of("fincore", "--bytes", "--noheadings", "--output", "RES", file.toString())
                .succeed()
                .stdout()
                .strip());
    }

    @Test
    void concurrentCallsMakeOneTreeAndLeaveNothing() throws Exception {
        Requires.root();
        RealNix nix = new RealNix(dir);
        List<String> apps = List.of(TestNode.closure(nix, "a"), TestNode.closure(nix, "b"));
        try (TestNode node = TestNode.start(dir, presentation);
                ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int round = 0; round < 3; round++) {
                List<Future<?>> calls = new ArrayList<>();
                for (int i = 0; i < 40; i++) {
                    // Each pod is published by two callers at once.
                    String pod = "pod-" + i / 2;
                    String app = apps.get(i / 2 % 2);
                    calls.add(callers.submit(() -> node.publish(pod, true, app)));
                }
                await(calls);
                assertThat(node.mounts()).hasSize(20);
                assertThat(TestNode.names(node.state().resolve("trees"))).hasSize(2);
                for (int i = 0; i < 40; i++) {
                    String pod = "pod-" + i / 2;
                    calls.add(callers.submit(() -> node.unpublish(pod)));
                }
                await(calls);
                node.assertNothingLeft();
            }
        }
    }

    private static void await(List<Future<?>> calls) throws InterruptedException, ExecutionException {
        for (Future<?> call : calls) {
            call.get();
        }
        calls.clear();
    }
}
