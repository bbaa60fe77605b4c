package dev.berth.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.nix.ContentAddress;
import dev.berth.nix.ContentAddressMethod;
import dev.berth.nix.PathInfo;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.nix.StorePaths;
import dev.berth.nix.nar.NarHasher;
import dev.berth.nix.nar.NarSource;
import dev.berth.store.Store;
import dev.berth.store.StoreSettings;
import dev.berth.store.Stores;
import dev.berth.testing.Seed;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A NAR many times as large as the memory of the gateway passes through it, both ways. */
class LargeNarTest {
    private static final String HEAP = "-Xmx64m";

    /** Of the NAR, in MiB; the disk must have room for it. */
    private static final long MEBIBYTES = Long.getLong("berth.large-nar-mib", 1024);

    /** Heap, the JVM itself, its compilers and buffers; a build of Berth that holds a NAR needs far more. */
    private static final long MOST_MEBIBYTES = 400;

    @TempDir
    private Path directory;

    /** One file of the same mebibyte over and over. */
    private static NarSource nar(byte[] mebibyte) {
        return sink -> {
            sink.startFile(false, MEBIBYTES << 20);
            for (long i = 0; i < MEBIBYTES; i++) {
                sink.contents(mebibyte, 0, mebibyte.length);
            }
            sink.endFile();
        };
    }

    private static PathInfo info(NarSource nar) throws IOException {
        NarHasher hasher = new NarHasher();
        nar.sendTo(hasher);
        long size = hasher.size();
        ContentAddress address = new ContentAddress(ContentAddressMethod.NAR, hasher.hash());
        StorePath path = StorePaths.ofContentAddress(StoreDir.DEFAULT, "large", address, List.of(), false);
        return PathInfo.of(path, address.hash(), size, List.of()).withCa(Optional.of(address));
    }

    @Test
    void passesThroughASmallHeap() throws Exception {
        byte[] mebibyte = new byte[1 << 20];
        new Random(Seed.first()).nextBytes(mebibyte);
        NarSource nar = nar(mebibyte);
        PathInfo info = info(nar);
        Path socket = directory.resolve("socket");
        Process gateway = serve(socket);
        try (Store store = Stores.open("unix://" + socket, StoreSettings.DEFAULT)) {
            store.add(info, nar);
            NarHasher back = new NarHasher();
            store.nar(info.path(), back);
            assertThat(back.hash()).isEqualTo(info.narHash());
            assertThat(back.size()).isEqualTo(info.narSize());
            long peak = peakMebibytes(gateway);
            System.out.println("the gateway's peak: " + peak + " MiB");
            assertThat(peak).isLessThan(MOST_MEBIBYTES);
            assertThat(gateway.isAlive()).isTrue();
        } finally {
            gateway.destroyForcibly();
            gateway.waitFor();
        }
    }

    private static long peakMebibytes(Process process) throws IOException {
        return Files.readAllLines(Path.of("/proc", Long.toString(process.pid()), "status")).stream()
                .filter(line -> line.startsWith("VmHWM:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024)
                .findFirst()
                .orElseThrow();
    }

    private Process serve(Path socket) throws IOException, InterruptedException {
        File log = directory.resolve("log").toFile();
        Process gateway = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        HEAP,
                        "-XX:+UseSerialGC",
                        "-XX:-UsePerfData",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        Main.class.getName(),
                        "gateway",
                        "--store",
                        "local?root=" + directory.resolve("served"),
                        "--unix",
                        socket.toString()))
                .redirectInput(new File("/dev/null"))
                .redirectErrorStream(true)
                .redirectOutput(log)
                .start();
        // It appears when it listens.
        while (!Files.exists(socket)) {
            if (!gateway.isAlive()) {
                throw new AssertionError("ended: " + Files.readString(log.toPath()));
            }
            Thread.sleep(20);
        }
        return gateway;
    }
}
