package dev.berth.node.injection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.linux.DetachedMount;
import dev.berth.nix.StoreDir;
import dev.berth.node.nri.v1alpha1.Container;
import dev.berth.node.nri.v1alpha1.Event;
import dev.berth.node.nri.v1alpha1.PodSandbox;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RemovalsTest {
    @TempDir
    private Path dir;

    /** Containers that can't be removed for some time. */
    private static final class Stubborn implements ContainerClosures {
        private final AtomicInteger calls = new AtomicInteger();
        private final CountDownLatch removed = new CountDownLatch(1);
        private final int refusals;

        Stubborn(int refusals) {
            this.refusals = refusals;
        }

        @Override
        public List<ContainerRecord> all() {
            return List.of();
        }

        @Override
        public Optional<ContainerRecord> find(String id) {
            return Optional.empty();
        }

        @Override
        public void add(ContainerRecord container) {}

        @Override
        public ContainerRecord prepare(String id, Duration allowed, CompletableFuture<?> givenUp) {
            throw new IllegalStateException("nothing is prepared here");
        }

        @Override
        public DetachedMount nix(ContainerRecord container) throws IOException {
            throw new IOException("nothing is shown here");
        }

        @Override
        public void shown(String id) {}

        @Override
        public void ended(String id) {}

        @Override
        public void remove(String id) throws IOException {
            if (calls.incrementAndGet() <= refusals) {
                throw new IOException("another call for the container is still under way");
            }
            removed.countDown();
        }
    }

    private static final InjectionListener DEAF = new InjectionListener() {
        @Override
        public void left(Decision.Reason reason) {}

        @Override
        public void injected(PodContainer container, Duration took) {}

        @Override
        public void failed(PodContainer container, String reason) {}

        @Override
        public void startedWithout(PodContainer container, boolean repaired) {}
    };

    /** A runtime tells only once that a container is gone. */
    @Test
    void whatCannotBeRemovedAtOnceIsRemovedLater() throws Exception {
        Stubborn closures = new Stubborn(2);
        try (Injector injector = Injector.start(
                InjectionConfig.of(dir, Duration.ofMinutes(1)), StoreDir.DEFAULT, "x86_64-linux", closures, DEAF)) {
            injector.containerEvent(
                    Event.REMOVE_CONTAINER,
                    PodSandbox.getDefaultInstance(),
                    Container.newBuilder().setId("c1").build());
            assertThat(closures.removed.await(20, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(closures.calls).hasValue(3);
    }
}
