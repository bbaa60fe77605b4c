package dev.berth.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.berth.nix.ContentAddressMethod;
import dev.berth.nix.HashAlgorithm;
import dev.berth.nix.StorePath;
import dev.berth.store.ClosureCopy;
import dev.berth.store.CopyProgress;
import dev.berth.store.Store;
import dev.berth.store.StoreSettings;
import dev.berth.store.Stores;
import dev.berth.store.local.LocalStore;
import dev.berth.store.local.LocalStoreConfig;
import dev.berth.testing.RealNix;
import dev.berth.testing.Seed;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A gateway that is killed when it has nine tenths of a NAR fetches only the rest when it is there again. */
class KilledFetchTest {
    private static final int SIZE = 16 << 20;

    @TempDir
    private Path directory;

    /** What ranges of NARs were asked for; empty for a whole one. */
    private final Queue<String> ranges = new ConcurrentLinkedQueue<>();

    private final CountDownLatch over = new CountDownLatch(1);

    @Test
    void goesOnFromThere() throws Exception {
        StorePath path = publish();
        HttpServer upstream = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        upstream.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        upstream.createContext("/", this::answer);
        upstream.start();
        String uri = "http://127.0.0.1:" + upstream.getAddress().getPort();
        try {
            RealNix nix = new RealNix(Files.createDirectory(directory.resolve("client")));
            try (BerthProcess gateway = BerthProcess.gateway(directory, "--substituters", uri);
                    BerthProcess client = fetch(nix, gateway.url(), path)) {
                client.until("nine tenths are there", () -> bytesKept() > SIZE / 10 * 9);
                gateway.kill();
                client.exitCode();
            }
            try (BerthProcess gateway = BerthProcess.gateway(directory, "--substituters", uri);
                    BerthProcess client = fetch(nix, gateway.url(), path)) {
                client.succeeds();
                assertThat(ranges).hasSize(2);
                assertThat(ranges.remove()).isEmpty();
                assertThat(Long.parseLong(ranges.remove().replaceAll("[^0-9]", "")))
                        .isGreaterThan(SIZE / 10 * 9);
            }
            nix.verifies(nix.uri());
            nix.verifies("local?root=" + directory.resolve("served"));
            assertThat(bytesKept()).isZero();
        } finally {
            over.countDown();
            upstream.stop(0);
        }
    }

    /** Makes a cache in a directory. */
    private StorePath publish() throws IOException {
        byte[] content = new byte[SIZE];
        new Random(Seed.first()).nextBytes(content);
        Path file = Files.write(directory.resolve("file"), content);
        try (LocalStore source = LocalStore.open(LocalStoreConfig.root(directory.resolve("source")));
                Store cache = Stores.open(
                        "file://" + directory.resolve("upstream") + "?compression=none", StoreSettings.DEFAULT)) {
            StorePath path = source.addFrom(file, "large", ContentAddressMethod.FLAT, HashAlgorithm.SHA256, List.of());
            ClosureCopy.copy(source, cache, List.of(path), ClosureCopy.Options.TRUSTED, CopyProgress.NONE);
            return path;
        }
    }

    /** The first time, a bit more than nine tenths of the NAR and then nothing any more. */
    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            Path file = directory.resolve("upstream" + exchange.getRequestURI().getPath());
            if (!Files.isRegularFile(file)) {
                exchange.sendResponseHeaders(404, -1);
                return;
            }
            byte[] bytes = Files.readAllBytes(file);
            int from = 0;
            boolean hangs = false;
            exchange.getResponseHeaders().set("ETag", "\"one\"");
            if (file.toString().endsWith(".nar")) {
                String range = String.valueOf(exchange.getRequestHeaders().getFirst("Range"))
                        .replace("null", "");
                ranges.add(range);
                hangs = ranges.size() == 1;
                if (!range.isEmpty()) {
                    from = Integer.parseInt(range.replaceAll("[^0-9]", ""));
                    exchange.getResponseHeaders()
                            .set("Content-Range", "bytes " + from + "-" + (bytes.length - 1) + "/" + bytes.length);
                }
            }
            exchange.sendResponseHeaders(from > 0 ? 206 : 200, bytes.length - from);
            OutputStream out = exchange.getResponseBody();
            if (hangs) {
                out.write(bytes, 0, SIZE / 100 * 95);
                out.flush();
                over.await();
            } else {
                out.write(bytes, from, bytes.length - from);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** How much of downloads that did not end lies in the gateway's directory. */
    private long bytesKept() throws IOException {
        Path downloads = directory.resolve("served/nix/var/nix/berth/downloads");
        if (!Files.isDirectory(downloads)) {
            return 0;
        }
        try (Stream<Path> files = Files.list(downloads)) {
            long size = 0;
            for (Path file : files.toList()) {
                size += Files.size(file);
            }
            return size;
        }
    }

    private BerthProcess fetch(RealNix nix, String from, StorePath path) throws IOException {
        return BerthProcess.start(
                directory,
                nix.command().environment(),
                List.of("nix", "copy", "--no-check-sigs", "--from", from, "/nix/store/" + path));
    }
}
