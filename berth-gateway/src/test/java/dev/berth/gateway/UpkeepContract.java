package dev.berth.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.nix.ContentAddressMethod;
import dev.berth.nix.HashAlgorithm;
import dev.berth.nix.PathInfo;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarSource;
import dev.berth.wire.GcRequest;
import dev.berth.wire.StoreOperations;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** How every daemon of a local store keeps, collects, verifies, repairs and shares what it has. */
abstract class UpkeepContract extends AdditionsContract {
    @Test
    void repairsForThoseWhoAsk() throws Exception {
        NarSource contents = Things.tree(Things.bytes("contents"));
        PathInfo info = Things.info("damaged", contents, List.of()).signed(StoreDir.DEFAULT, KEY);
        try (StoreOperations session = open(true)) {
            session.addToStoreNar(info, false, false, contents);
            StorePath text = text(session, "text", "as it was");
            damage(Things.print(info.path()) + "/a");
            damage(Things.print(text));
            assertThat(session.verifyStore(true, false)).isTrue();
            session.addToStoreNar(info, true, false, contents);
            session.addToStore(
                    "text",
                    ContentAddressMethod.TEXT,
                    HashAlgorithm.SHA256,
                    List.of(),
                    true,
                    Things.stream("as it was"));
            assertThat(session.verifyStore(true, false)).isFalse();
            assertThat(nar(session, info.path())).isEqualTo(Things.nar(contents));
        }
        nix.verifies(nix.uri());
    }

    private void damage(String file) throws IOException {
        Path real = nix.real(file);
        Files.setPosixFilePermissions(real, java.nio.file.attribute.PosixFilePermissions.fromString("rw-r--r--"));
        Files.writeString(real, "damaged!");
        Files.setPosixFilePermissions(real, java.nio.file.attribute.PosixFilePermissions.fromString("r--r--r--"));
    }

    @Test
    void verifiesAndForgetsWhatIsGone() throws Exception {
        try (StoreOperations session = open(true)) {
            StorePath one = text(session, "one", "1");
            StorePath two = text(session, "two", Things.print(one), one);
            Files.delete(nix.real(Things.print(one)));
            assertThat(session.verifyStore(false, false)).isTrue();
            assertThat(session.isValidPath(one)).isTrue();
            Files.delete(nix.real(Things.print(two)));
            assertThat(session.verifyStore(false, false)).isFalse();
        }
        try (StoreOperations session = open(false)) {
            assertThat(session.queryAllValidPaths()).isEmpty();
            refuses(() -> session.verifyStore(true, true), "you are not privileged to repair paths");
        }
    }

    @Test
    void protectsWhatASessionAdded() throws Exception {
        StorePath kept;
        try (StoreOperations session = open(false)) {
            kept = text(session, "kept", "kept");
            assertThat(nix.output("nix-store", "--gc")).isNotNull();
            assertThat(session.isValidPath(kept)).isTrue();
            try (StoreOperations other = open(true)) {
                assertThat(other.findRoots().keySet()).contains(kept);
                refuses(
                        () -> other.collectGarbage(
                                new GcRequest(GcRequest.Action.DELETE_SPECIFIC, false, Set.of(kept), Long.MAX_VALUE)),
                        "annot delete path '" + Things.print(kept) + "' since it is still alive");
            }
            try (StoreOperations stranger = open(false)) {
                assertThat(stranger.findRoots().get(kept)).containsExactly("{censored}");
            }
        }
        try (StoreOperations session = open(true)) {
            assertThat(session.collectGarbage(new GcRequest(GcRequest.Action.DELETE_SPECIFIC, false, Set.of(kept), -1))
                            .paths())
                    .containsExactly(Things.print(kept));
            assertThat(session.isValidPath(kept)).isFalse();
        }
    }

    @Test
    void collectsWhatIsDead() throws Exception {
        List<StorePath> dead = new ArrayList<>();
        StorePath alive;
        try (StoreOperations session = open(true)) {
            alive = text(session, "alive", "alive");
            for (int i = 0; i < 10; i++) {
                dead.add(session.addToStore(
                                "dead" + i,
                                ContentAddressMethod.FLAT,
                                HashAlgorithm.SHA256,
                                List.of(),
                                false,
                                new ByteArrayInputStream(Things.random(i, 20_000)))
                        .path());
            }
            Path link = directory.resolve("result");
            Files.createSymbolicLink(link, Path.of(Things.print(alive)));
            session.addIndirectRoot(link.toString());
        }
        Set<String> names = new TreeSet<>();
        dead.forEach(path -> names.add(Things.print(path)));
        try (StoreOperations session = open(true)) {
            assertThat(session.findRoots()).containsOnlyKeys(alive);
            assertThat(session.findRoots().get(alive))
                    .containsExactly(directory.resolve("result").toString());
            assertThat(session.collectGarbage(new GcRequest(GcRequest.Action.RETURN_DEAD, false, Set.of(), -1))
                            .paths())
                    .isEqualTo(names);
            assertThat(session.collectGarbage(new GcRequest(GcRequest.Action.RETURN_LIVE, false, Set.of(), -1))
                            .paths())
                    .containsExactly(Things.print(alive));
            refuses(
                    () -> session.collectGarbage(new GcRequest(GcRequest.Action.DELETE_DEAD, true, Set.of(), -1)),
                    "you are not allowed to ignore liveness");
            assertThat(session.collectGarbage(new GcRequest(GcRequest.Action.DELETE_DEAD, false, Set.of(), 0))
                            .paths())
                    .isEmpty();
            GcRequest.Outcome some =
                    session.collectGarbage(new GcRequest(GcRequest.Action.DELETE_DEAD, false, Set.of(), 30_000));
            assertThat(some.paths()).hasSizeBetween(1, 3);
            assertThat(some.bytesFreed()).isGreaterThan(30_000);
            assertThat(session.collectGarbage(new GcRequest(GcRequest.Action.DELETE_DEAD, false, Set.of(), -1))
                            .paths())
                    .hasSize(10 - some.paths().size());
            assertThat(session.queryAllValidPaths()).containsExactly(alive);
        }
        nix.verifies(nix.uri());
    }

    @Test
    void makesRootsForTheTrusted() throws Exception {
        String link = directory.resolve("deep/er/result").toString();
        try (StoreOperations session = open(true)) {
            StorePath path = text(session, "root", "root");
            assertThat(session.addPermRoot(path, link)).isEqualTo(link);
            assertThat(Files.readSymbolicLink(Path.of(link)).toString()).isEqualTo(Things.print(path));
            assertThat(nix.output("nix-store", "-q", "--roots", Things.print(path)))
                    .contains(link);
            refuses(() -> session.addPermRoot(path, Things.print(path) + "/root"), "in the Nix store is forbidden");
            Path occupied = Files.writeString(directory.resolve("occupied"), "mine");
            refuses(() -> session.addPermRoot(path, occupied.toString()), "already exists");
        }
    }

    @Test
    void optimisesAsNixDoes() throws Exception {
        byte[] same = Things.random(7, 50_000);
        StorePath one;
        StorePath two;
        try (StoreOperations session = open(true)) {
            PathInfo first = Things.info("first", Things.tree(same), List.of());
            session.addToStoreNar(first, false, true, Things.tree(same));
            one = first.path();
            session.optimiseStore();
            two = session.addToStore(
                            "second",
                            ContentAddressMethod.FLAT,
                            HashAlgorithm.SHA256,
                            List.of(),
                            false,
                            new ByteArrayInputStream(same))
                    .path();
            session.optimiseStore();
            assertThat(inode(Things.print(one) + "/a")).isEqualTo(inode(Things.print(one) + "/b"));
            assertThat(inode(Things.print(one) + "/a")).isEqualTo(inode(Things.print(two)));
        }
        nix.verifies(nix.uri());
        // Nix finds nothing to do, and links what comes to the same files.
        assertThat(nix.command("nix-store", "--optimise").succeed().stderr()).contains("0 files");
        Path file = Files.write(directory.resolve("third"), same);
        String third = nix.add(file);
        nix.output("nix-store", "--optimise");
        assertThat(inode(third)).isEqualTo(inode(Things.print(one) + "/a"));
        try (StoreOperations session = open(true)) {
            assertThat(session.verifyStore(true, false)).isFalse();
            session.collectGarbage(new GcRequest(GcRequest.Action.DELETE_DEAD, false, Set.of(), -1));
        }
        try (var links = Files.list(nix.real("/nix/store/.links"))) {
            assertThat(links).isEmpty();
        }
    }

    private Object inode(String file) throws IOException {
        return Files.getAttribute(nix.real(file), "unix:ino");
    }
}
