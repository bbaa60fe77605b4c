package dev.berth.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.nix.DerivedPath;
import dev.berth.store.local.LocalStoreConfig;
import dev.berth.wire.BuildMode;
import dev.berth.wire.BuildResult;
import dev.berth.wire.StoreOperations;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;

final class LocalServiceTest extends OperationsContract {
    private Optional<LocalService> service = Optional.empty();

    private LocalService service() {
        if (service.isEmpty()) {
            ServiceSettings settings = ServiceSettings.DEFAULT.with(
                    "trusted-public-keys", KEY.publicKey().print());
            service = Optional.of(new LocalService(LocalStoreConfig.root(nix.root()), settings));
        }
        return service.get();
    }

    @Override
    StoreOperations open(boolean trusted) {
        return service().open(trusted, said::add);
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
