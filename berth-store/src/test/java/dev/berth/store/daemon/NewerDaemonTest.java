package dev.berth.store.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.nix.PathInfo;
import dev.berth.nix.SecretKey;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarHasher;
import dev.berth.nix.nar.NarSource;
import dev.berth.store.ClosureCopy;
import dev.berth.store.CopyProgress;
import dev.berth.store.Store;
import dev.berth.store.StoreException;
import dev.berth.store.StoreSettings;
import dev.berth.store.Stores;
import dev.berth.store.Trees;
import dev.berth.testing.Project;
import dev.berth.testing.RealNix;
import dev.berth.testing.Requires;
import dev.berth.wire.GcRequest;
import dev.berth.wire.StoreOperations;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The nix-daemon of Nix 2.26, which speaks protocol 1.38, in the Debian 13 root of the testbed. */
final class NewerDaemonTest {
    @TempDir
    private Path directory;

    @Test
    void doesAllThatADaemonIsAskedFor() throws Exception {
        Requires.that(
                Files.exists(Project.root().resolve(".cache/debian13/.made")),
                "no Debian 13 root: testbed/debian13 true makes it");
        Requires.root();
        RealNix nix = new RealNix(directory);
        Path socket = directory.resolve("socket");
        List<String> program = List.of(
                Project.root().resolve("testbed/debian13").toString(),
                "env",
                "NIX_DAEMON_SOCKET_PATH=" + socket,
                "NIX_REMOTE=" + nix.uri(),
                "nix-daemon");
        try (RealDaemon daemon = RealDaemon.start(nix, socket, program)) {
            copyAndAsk(daemon);
            try (DaemonStore store = (DaemonStore) Stores.open(daemon.uri(), StoreSettings.DEFAULT)) {
                GcRequest all = new GcRequest(GcRequest.Action.DELETE_DEAD, false, Set.of(), -1);
                assertThat(store.ask("collect", ops -> ops.collectGarbage(all)).paths())
                        .hasSizeGreaterThanOrEqualTo(50);
            }
        }
        nix.verifies(nix.uri());
        nix.verifies("local?root=" + directory.resolve("back"));
    }

    private void copyAndAsk(RealDaemon daemon) {
        try (Store here = Stores.open("local?root=" + directory.resolve("here"), StoreSettings.DEFAULT);
                Store back = Stores.open("local?root=" + directory.resolve("back"), StoreSettings.DEFAULT);
                DaemonStore there = (DaemonStore) Stores.open(daemon.uri(), StoreSettings.DEFAULT)) {
            List<PathInfo> infos = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                NarSource tree = Trees.tree(i);
                List<StorePath> references = i == 0
                        ? List.of()
                        : List.of(infos.get(i / 2).path(), infos.get(i - 1).path());
                PathInfo info = Trees.info(here.storeDir(), "path" + i, tree, references);
                here.add(info, tree);
                infos.add(info);
            }
            copy(here, there, infos);
            copy(there, back, infos);
            StorePath top = infos.getLast().path();
            SecretKey key = SecretKey.generate("k");
            there.addSignatures(
                    top, infos.getLast().signed(there.storeDir(), key).signatures());
            assertThat(there.pathInfo(top).orElseThrow().signers(there.storeDir(), List.of(key.publicKey())))
                    .containsExactly(key.publicKey());
            assertThat(there.pathFromHashPart(top.hashPart())).contains(top);
            assertThat(there.allValidPaths()).hasSize(50);
            assertThat(there.<Boolean>ask("verify", ops -> ops.verifyStore(true, false)))
                    .isFalse();
            assertThat(there.ask("list the roots of", StoreOperations::findRoots))
                    .isNotNull();
            StorePath unknown = new StorePath("00000000000000000000000000000000-unknown");
            assertThatThrownBy(() -> there.nar(unknown, new NarHasher()))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.ABSENT));
            assertThatThrownBy(() -> there.addSignatures(unknown, Set.of())).isInstanceOf(StoreException.class);
            NarSource tree = Trees.tree(99);
            PathInfo early = Trees.info(there.storeDir(), "early", tree, List.of(unknown));
            assertThatThrownBy(() -> there.add(early, tree))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.REFUSED));
        }
    }

    private static void copy(Store from, Store to, List<PathInfo> infos) {
        assertThat(ClosureCopy.copy(
                                from,
                                to,
                                List.of(infos.getLast().path()),
                                ClosureCopy.Options.TRUSTED,
                                CopyProgress.NONE)
                        .copied())
                .isEqualTo(infos.size());
    }
}
