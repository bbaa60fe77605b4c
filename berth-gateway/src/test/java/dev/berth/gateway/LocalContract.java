package dev.berth.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.nix.DerivedPath;
import dev.berth.nix.StoreDir;
import dev.berth.store.local.LocalStoreConfig;
import dev.berth.wire.BuildMode;
import dev.berth.wire.BuildResult;
import dev.berth.wire.SessionLimits;
import dev.berth.wire.StoreOperations;
import dev.berth.wire.StoreService;
import dev.berth.wire.Timeouts;
import dev.berth.wire.Transport;
import dev.berth.wire.TrustedFlag;
import dev.berth.wire.worker.WorkerClient;
import dev.berth.wire.worker.WorkerSession;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;

/** Berth's service of a local store, reached in one way or another. */
abstract class LocalContract extends OperationsContract {
    private Optional<LocalService> service = Optional.empty();
    private int open;

    LocalService service() {
        if (service.isEmpty()) {
            ServiceSettings settings = ServiceSettings.DEFAULT.with(
                    "trusted-public-keys", KEY.publicKey().print());
            service = Optional.of(new LocalService(LocalStoreConfig.root(nix.root()), settings));
        }
        return service.get();
    }

    /** A session with a service by way of the worker protocol over a socket. */
    WorkerClient connect(StoreService served, boolean trusted) {
        Transport[] ends = SocketPair.open(directory);
        Thread.ofVirtual().start(() -> WorkerSession.serve(served, trusted, ends[1], SessionLimits.DEFAULT));
        WorkerClient client = WorkerClient.connect(ends[0], StoreDir.DEFAULT, Timeouts.DEFAULT);
        assertThat(client.nixVersion()).contains("2.26.3");
        assertThat(client.trusted()).isEqualTo(trusted ? TrustedFlag.TRUSTED : TrustedFlag.NOT_TRUSTED);
        return client;
    }

    /** As above; its end is that of the server's session, too: what follows finds its temporary roots gone. */
    StoreOperations served(StoreService served, boolean trusted) {
        WorkerClient client = connect(served, trusted);
        client.setLog(said::add);
        open++;
        return new ForwardingOperations() {
            @Override
            StoreOperations next() {
                return client;
            }

            @Override
            public void close() {
                client.close();
                open--;
                long deadline = System.nanoTime() + 60_000_000_000L;
                while (service().sessions() > open) {
                    assertThat(System.nanoTime()).isLessThan(deadline);
                    Thread.onSpinWait();
                }
            }
        };
    }

    @AfterEach
    void close() {
        service.ifPresent(LocalService::close);
    }

    @Override
    void refusesToBuild(StoreOperations session, DerivedPath target) {
        assertThatThrownBy(() -> session.buildPaths(List.of(target), BuildMode.NORMAL))
                .hasMessageContaining("cannot build yet");
        assertThat(session.buildPathsWithResults(List.of(target), BuildMode.NORMAL)
                        .getFirst()
                        .result()
                        .status())
                .isEqualTo(BuildResult.Status.MISC_FAILURE);
    }
}
