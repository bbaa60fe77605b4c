package dev.berth.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.nix.ContentAddressMethod;
import dev.berth.nix.HashAlgorithm;
import dev.berth.nix.PathInfo;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarSource;
import dev.berth.wire.PathStream;
import dev.berth.wire.StoreOperations;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** How every daemon of a local store takes paths. */
abstract class AdditionsContract extends DaemonFixture {
    @Test
    void addsUnderThePathsThatNixComputes() throws Exception {
        try (StoreOperations session = open(false)) {
            for (int size : new int[] {0, 5, 700_000}) {
                byte[] contents = Things.random(size, size);
                Path file = Files.write(directory.resolve("file" + size), contents);
                for (HashAlgorithm algorithm : List.of(HashAlgorithm.SHA256, HashAlgorithm.SHA1, HashAlgorithm.MD5)) {
                    StorePath flat = session.addToStore(
                                    "file" + size,
                                    ContentAddressMethod.FLAT,
                                    algorithm,
                                    List.of(),
                                    false,
                                    new ByteArrayInputStream(contents))
                            .path();
                    assertThat(Things.print(flat))
                            .isEqualTo(nix.output("nix-store", "--add-fixed", algorithm.text(), file.toString()));
                    StorePath tree = session.addToStore(
                                    "file" + size,
                                    ContentAddressMethod.NAR,
                                    algorithm,
                                    List.of(),
                                    false,
                                    new ByteArrayInputStream(Things.nar(Things.file(contents))))
                            .path();
                    assertThat(Things.print(tree))
                            .isEqualTo(nix.output(
                                    "nix-store", "--add-fixed", "--recursive", algorithm.text(), file.toString()));
                    assertThat(nar(session, tree)).isEqualTo(Things.nar(Things.file(contents)));
                }
            }
        }
        nix.verifies(nix.uri());
    }

    @Test
    void addsBeforeNixDoes() throws Exception {
        try (StoreOperations session = open(false)) {
            byte[] tree = Things.nar(Things.tree(Things.random(3, 300_000)));
            PathInfo info = session.addToStore(
                    "tree",
                    ContentAddressMethod.NAR,
                    HashAlgorithm.SHA256,
                    List.of(),
                    false,
                    new ByteArrayInputStream(tree));
            assertThat(info.narSize()).isEqualTo(tree.length);
            assertThat(session.queryPathInfo(info.path()).orElseThrow().narHash())
                    .isEqualTo(info.narHash());
            assertThat(info.ca()).isPresent();
            StorePath one = text(session, "one", "1");
            StorePath two = text(session, "two", "refers to " + Things.print(one), one);
            assertThat(session.queryReferrers(one)).containsExactly(two);
            assertThat(session.queryValidPaths(List.of(one, two, info.path()), false))
                    .containsExactlyInAnyOrder(one, two, info.path());
            assertThat(session.queryAllValidPaths()).containsExactlyInAnyOrder(one, two, info.path());
            assertThat(session.queryPathFromHashPart(two.hashPart())).contains(two);
            assertThat(session.queryPathFromHashPart("0".repeat(32))).isEmpty();
            assertThat(session.isValidPath(one)).isTrue();
        }
        nix.verifies(nix.uri());
    }

    @Test
    void refusesDumpsThatAreNone() throws Exception {
        try (StoreOperations session = open(true)) {
            assertThatThrownBy(() -> session.addToStore(
                            "broken",
                            ContentAddressMethod.NAR,
                            HashAlgorithm.SHA256,
                            List.of(),
                            false,
                            new ByteArrayInputStream(Things.random(1, 300_000))))
                    .isInstanceOf(RuntimeException.class);
            assertThat(session.queryAllValidPaths()).isEmpty();
            assertThat(text(session, "after", "the session goes on")).isNotNull();
        }
        nix.verifies(nix.uri());
    }

    @Test
    void takesPathsOfOthersWithASignatureOnly() throws Exception {
        NarSource contents = Things.tree(Things.bytes("contents"));
        PathInfo unsigned = Things.info("theirs", contents, List.of());
        try (StoreOperations session = open(false)) {
            refuses(
                    () -> session.addToStoreNar(unsigned, false, true, contents),
                    "cannot add path '" + Things.print(unsigned.path())
                            + "' because it lacks a signature by a trusted key");
            assertThat(session.isValidPath(unsigned.path())).isFalse();
            PathInfo signed = unsigned.signed(StoreDir.DEFAULT, KEY).withUltimate(true);
            session.addToStoreNar(signed, false, false, contents);
            PathInfo known = session.queryPathInfo(signed.path()).orElseThrow();
            assertThat(known.ultimate()).isFalse();
            assertThat(known.signatures()).isEqualTo(signed.signatures());
        }
        PathInfo other = Things.info("others", contents, List.of(unsigned.path()));
        try (StoreOperations session = open(true)) {
            refuses(() -> session.addToStoreNar(other, false, false, contents), "lacks a signature by a trusted key");
            session.addToStoreNar(other, false, true, contents);
            assertThat(session.queryReferrers(unsigned.path())).containsExactly(other.path());
            session.addSignatures(other.path(), List.of(KEY.sign(other.fingerprint(StoreDir.DEFAULT))));
            assertThat(session.queryPathInfo(other.path()).orElseThrow().signatures())
                    .hasSize(1);
        }
        nix.verifies(nix.uri());
    }

    @Test
    void refusesContentThatIsNotAsSaid() throws Exception {
        NarSource contents = Things.tree(Things.bytes("contents"));
        PathInfo info = Things.info("wrong", contents, List.of());
        try (StoreOperations session = open(true)) {
            refuses(
                    () -> session.addToStoreNar(info, false, true, Things.tree(Things.bytes("kontents"))),
                    "hash mismatch");
            assertThat(session.isValidPath(info.path())).isFalse();
            session.addToStoreNar(info, false, true, contents);
            assertThat(nar(session, info.path())).isEqualTo(Things.nar(contents));
        }
        nix.verifies(nix.uri());
    }

    @Test
    void takesManyPathsInOneCall() throws Exception {
        Map<PathInfo, NarSource> paths = new java.util.LinkedHashMap<>();
        List<StorePath> before = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            NarSource contents = Things.tree(Things.random(i, 1000));
            PathInfo info = Things.info("many-" + i, contents, before.isEmpty() ? List.of() : List.of(before.getLast()))
                    .signed(StoreDir.DEFAULT, KEY);
            paths.put(info, contents);
            before.add(info.path());
        }
        try (StoreOperations session = open(false)) {
            session.addMultipleToStore(stream(paths), false, false);
            assertThat(session.queryAllValidPaths()).containsExactlyInAnyOrderElementsOf(before);
            addsAgain(session, stream(paths));
        }
        nix.verifies(nix.uri());
    }

    void addsAgain(StoreOperations session, PathStream paths) throws IOException {
        session.addMultipleToStore(paths, false, false);
    }
}
