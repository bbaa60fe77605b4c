package dev.berth.store.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.nix.PathInfo;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarHasher;
import dev.berth.nix.nar.NarSource;
import dev.berth.store.ClosureCopy;
import dev.berth.store.CopyProgress;
import dev.berth.store.Store;
import dev.berth.store.StoreException;
import dev.berth.store.StoreException.Kind;
import dev.berth.store.StoreSettings;
import dev.berth.store.Stores;
import dev.berth.store.Trees;
import dev.berth.testing.RealNix;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The real Nix behind OpenSSH's server, and behind the word {@code localhost}, which Nix runs without ssh. */
final class SshStoreTest {
    private static final StorePath UNKNOWN = new StorePath("00000000000000000000000000000000-unknown");

    @TempDir
    private Path directory;

    private RealNix nix;

    @BeforeEach
    void makeStore() {
        nix = new RealNix(directory);
    }

    private static Store open(String uri) {
        return Stores.open(uri, StoreSettings.DEFAULT);
    }

    private List<PathInfo> copyBothWays(String uri) {
        List<PathInfo> infos = new ArrayList<>();
        try (Store here = open("local?root=" + directory.resolve("here"));
                Store there = open(uri);
                Store back = open("local?root=" + directory.resolve("back"))) {
            for (int i = 0; i < 40; i++) {
                NarSource tree = Trees.tree(i);
                List<StorePath> references = i == 0
                        ? List.of()
                        : List.of(infos.get(i / 2).path(), infos.get(i - 1).path());
                PathInfo info = Trees.info(here.storeDir(), "path" + i, tree, references);
                here.add(info, tree);
                infos.add(info);
            }
            for (List<Store> way : List.of(List.of(here, there), List.of(there, back))) {
                assertThat(ClosureCopy.copy(
                                        way.getFirst(),
                                        way.getLast(),
                                        List.of(infos.getLast().path()),
                                        ClosureCopy.Options.TRUSTED,
                                        CopyProgress.NONE)
                                .copied())
                        .isEqualTo(infos.size());
            }
        }
        nix.verifies(nix.uri());
        nix.verifies("local?root=" + directory.resolve("back"));
        return infos;
    }

    @ParameterizedTest
    @ValueSource(strings = {"ssh", "ssh-ng"})
    void copiesThroughSshd(String scheme) throws Exception {
        try (RealSshd sshd = new RealSshd(directory)) {
            copyBothWays(sshd.uri(scheme, nix.uri()) + "&compress=true&max-connections=2");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ssh", "ssh-ng"})
    void copiesWithoutSshOnLocalhost(String scheme) {
        List<PathInfo> infos =
                copyBothWays(scheme + "://localhost?remote-store=" + nix.uri().replace("?", "%3F"));
        try (Store store =
                open(scheme + "://localhost?remote-store=" + nix.uri().replace("?", "%3F"))) {
            assertThat(store.validPaths(List.of(UNKNOWN, infos.getFirst().path())))
                    .isEqualTo(Set.of(infos.getFirst().path()));
            assertThat(((DaemonStore) store).pathInfos(List.of(infos.getFirst().path())))
                    .isEqualTo(Map.of(
                            infos.getFirst().path(),
                            store.pathInfo(infos.getFirst().path()).orElseThrow()));
            assertThatThrownBy(() -> store.nar(UNKNOWN, new NarHasher()))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.ABSENT));
            NarSource tree = Trees.tree(77);
            PathInfo early = Trees.info(store.storeDir(), "early", tree, List.of(UNKNOWN));
            assertThatThrownBy(() -> store.add(early, tree))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.REFUSED))
                    .hasMessageContaining(UNKNOWN.baseName());
        }
    }

    @Test
    void saysWhySshFailed() throws Exception {
        try (RealSshd sshd = new RealSshd(directory)) {
            try (Store stranger = open(sshd.uri("ssh-ng", directory.resolve("user.pub"), nix.uri()))) {
                assertThatThrownBy(() -> stranger.pathInfo(UNKNOWN))
                        .isInstanceOfSatisfying(
                                StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNAVAILABLE))
                        .hasMessageContaining("Host key verification failed");
            }
            for (String scheme : List.of("ssh", "ssh-ng")) {
                try (Store nothing = open(sshd.uri(scheme, nix.uri()) + "&remote-program=no-such-nix")) {
                    assertThatThrownBy(() -> nothing.pathInfo(UNKNOWN))
                            .isInstanceOfSatisfying(
                                    StoreException.class,
                                    e -> assertThat(e.kind()).isEqualTo(Kind.UNAVAILABLE))
                            .hasMessageContaining("no-such-nix")
                            .hasMessageContaining("not found");
                }
            }
        }
    }

    @Test
    void refusesWhatItCannotDoByServe() throws IOException {
        try (Store store = open("ssh://localhost?remote-store=" + nix.uri().replace("?", "%3F"))) {
            assertThatThrownBy(() -> store.pathFromHashPart(UNKNOWN.hashPart()))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.REFUSED))
                    .hasMessageContaining("ssh-ng://");
        }
    }
}
