package dev.berth.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.gateway.unix.UnixConfig;
import dev.berth.gateway.unix.UserRules;
import dev.berth.nix.StorePath;
import dev.berth.store.ClosureCopy;
import dev.berth.store.CopyProgress;
import dev.berth.store.Store;
import dev.berth.store.StoreSettings;
import dev.berth.store.Stores;
import dev.berth.testing.Command;
import dev.berth.testing.RealNix;
import dev.berth.testing.S3Server;
import dev.berth.wire.SessionLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two gateways serve one bucket, each with a disk cache of its own, under the real {@code nix}. */
class TwoGatewaysTest {
    @TempDir
    private Path directory = Path.of("");

    private ServedStore served(S3Server server, String name) {
        return ServedStore.open(
                server.uri() + "&compression=zstd&disk-cache=" + directory.resolve("cache-" + name),
                ServiceSettings.DEFAULT);
    }

    private Path socket(String name) {
        return directory.resolve("socket-" + name);
    }

    private Gateway gateway(ServedStore store, String name) throws IOException {
        return Gateway.start(
                store.service(),
                Optional.of(UnixConfig.of(socket(name), UserRules.DEFAULT)),
                Optional.empty(),
                SessionLimits.DEFAULT,
                Duration.ofSeconds(60));
    }

    @Test
    void whatBothAreGivenAtOnceBothHave() throws Exception {
        RealNix nix = new RealNix(directory);
        List<String> paths = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            paths.add(nix.add(Files.write(directory.resolve("file" + i), new byte[100_000 * i])));
        }
        try (S3Server server = new S3Server(directory);
                ServedStore one = served(server, "one");
                ServedStore two = served(server, "two");
                Gateway first = gateway(one, "one");
                Gateway second = gateway(two, "two");
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            assertThat(first.served()).isNotEqualTo(second.served());
            List<Future<Command.Result>> copies = new ArrayList<>();
            for (String name : List.of("one", "two")) {
                List<String> line = new ArrayList<>(List.of("nix", "copy", "--to", "unix://" + socket(name)));
                line.addAll(paths);
                copies.add(threads.submit(
                        () -> nix.command(line.toArray(String[]::new)).succeed()));
            }
            for (Future<Command.Result> copy : copies) {
                copy.get(120, TimeUnit.SECONDS);
            }
            for (String name : List.of("one", "two")) {
                String other = "local?root=" + directory.resolve("from-" + name);
                try (Store from = Stores.open("unix://" + socket(name), StoreSettings.DEFAULT);
                        Store to = Stores.open(other, StoreSettings.DEFAULT)) {
                    List<StorePath> all =
                            paths.stream().map(to.storeDir()::parse).toList();
                    assertThat(ClosureCopy.copy(from, to, all, ClosureCopy.Options.TRUSTED, CopyProgress.NONE)
                                    .copied())
                            .isEqualTo(6);
                }
                nix.verifies(other);
            }
        }
    }
}
