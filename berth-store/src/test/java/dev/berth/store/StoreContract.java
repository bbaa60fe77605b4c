package dev.berth.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.nix.Hash;
import dev.berth.nix.PathInfo;
import dev.berth.nix.SecretKey;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarHasher;
import dev.berth.nix.nar.NarSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every kind of store that can be written does alike. */
public abstract class StoreContract {
    private static final StorePath UNKNOWN = new StorePath("00000000000000000000000000000000-unknown");

    @TempDir
    protected Path directory;

    private Store store;

    /** A new, empty store below {@link #directory}. */
    protected abstract Store open();

    /** Whether a path may come before its references do. */
    protected boolean keepsClosure() {
        return true;
    }

    @BeforeEach
    void openStore() {
        store = open();
    }

    @AfterEach
    void closeStore() {
        store.close();
    }

    /** The store under test. */
    protected Store store() {
        return store;
    }

    private PathInfo added(String name, long seed, StorePath... references) {
        NarSource tree = Trees.tree(seed);
        PathInfo info = Trees.info(store.storeDir(), name, tree, List.of(references));
        store.add(info, tree);
        return info;
    }

    @Test
    void knowsNothingAtFirst() {
        assertThat(store.pathInfo(UNKNOWN)).isEmpty();
        assertThat(store.validPaths(List.of(UNKNOWN))).isEmpty();
        assertThat(store.validPaths(List.of())).isEmpty();
        assertThat(store.pathFromHashPart(UNKNOWN.hashPart())).isEmpty();
        assertThatThrownBy(() -> store.nar(UNKNOWN, new NarHasher()))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.ABSENT));
    }

    @Test
    void givesBackWhatWasAdded() throws IOException {
        PathInfo first = added("first", 1);
        PathInfo second = added("second", 2, first.path());
        PathInfo found = store.pathInfo(second.path()).orElseThrow();
        assertThat(found.narHash()).isEqualTo(second.narHash());
        assertThat(found.narSize()).isEqualTo(second.narSize());
        assertThat(found.references()).containsExactly(first.path());
        assertThat(found.ca()).isEqualTo(second.ca());
        assertThat(store.validPaths(List.of(first.path(), UNKNOWN, second.path())))
                .isEqualTo(Set.of(first.path(), second.path()));
        assertThat(store.pathFromHashPart(first.path().hashPart())).contains(first.path());
        NarHasher hasher = new NarHasher();
        store.nar(second.path(), hasher);
        assertThat(hasher.size()).isEqualTo(second.narSize());
        assertThat(hasher.hash()).isEqualTo(second.narHash());
    }

    @Test
    void keepsAReferenceToItself() {
        NarSource tree = Trees.tree(3);
        StorePath path = new StorePath("11111111111111111111111111111111-self");
        store.add(Trees.info(path, tree, List.of(path)), tree);
        assertThat(store.pathInfo(path).orElseThrow().references()).containsExactly(path);
    }

    @Test
    void doesNotReadWhatItHas() {
        PathInfo info = added("twice", 4);
        store.add(info, sink -> {
            throw new AssertionError("the source was read");
        });
        assertThat(store.validPaths(List.of(info.path()))).hasSize(1);
    }

    @Test
    void refusesAnotherHashOrSize() {
        NarSource tree = Trees.tree(5);
        StorePath path = new StorePath("22222222222222222222222222222222-wrong");
        PathInfo good = Trees.info(path, tree, List.of());
        PathInfo otherHash = PathInfo.of(path, Hash.sha256(new byte[0]), good.narSize(), List.of());
        PathInfo otherSize = PathInfo.of(path, good.narHash(), good.narSize() + 8, List.of());
        for (PathInfo bad : List.of(otherHash, otherSize)) {
            assertThatThrownBy(() -> store.add(bad, tree))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.CORRUPT));
            assertThat(store.pathInfo(path)).isEmpty();
        }
        store.add(good, tree);
        assertThat(store.pathInfo(path)).isPresent();
    }

    @Test
    void forgetsABrokenTree() {
        NarSource broken = sink -> {
            sink.startDirectory();
            sink.entry(new byte[] {'a'});
            sink.startFile(false, 10);
            sink.contents(new byte[4], 0, 4);
            throw new IOException("the line went dead");
        };
        StorePath path = new StorePath("33333333333333333333333333333333-broken");
        PathInfo info = PathInfo.of(path, Hash.sha256(new byte[0]), 1000, List.of());
        assertThatThrownBy(() -> store.add(info, broken))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("the line went dead");
        assertThat(store.pathInfo(path)).isEmpty();
    }

    @Test
    void refusesAPathBeforeItsReferences() {
        NarSource tree = Trees.tree(6);
        StorePath path = new StorePath("44444444444444444444444444444444-early");
        PathInfo info = Trees.info(path, tree, List.of(UNKNOWN));
        if (keepsClosure()) {
            assertThatThrownBy(() -> store.add(info, tree))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.REFUSED))
                    .hasMessageContaining(UNKNOWN.baseName());
            assertThat(store.pathInfo(path)).isEmpty();
        }
    }

    @Test
    void addsSignatures() {
        PathInfo info = added("signed", 7);
        SecretKey one = SecretKey.generate("one");
        SecretKey two = SecretKey.generate("two");
        for (SecretKey key : List.of(one, two, one)) {
            store.addSignatures(info.path(), info.signed(store.storeDir(), key).signatures());
        }
        PathInfo found = store.pathInfo(info.path()).orElseThrow();
        assertThat(found.signers(store.storeDir(), List.of(one.publicKey(), two.publicKey())))
                .containsExactlyInAnyOrder(one.publicKey(), two.publicKey());
        assertThat(found.signatures()).hasSize(2);
        assertThatThrownBy(() -> store.addSignatures(UNKNOWN, found.signatures()))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.ABSENT));
    }

    @Test
    void takesManyAtOnce() throws Exception {
        List<Callable<PathInfo>> work = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            long seed = 100L + i % 30;
            work.add(() -> added("many", seed));
        }
        Set<StorePath> paths = new HashSet<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (var done : threads.invokeAll(work)) {
                paths.add(done.get().path());
            }
        }
        assertThat(paths).hasSize(30);
        assertThat(store.validPaths(paths)).isEqualTo(paths);
        for (StorePath path : paths) {
            NarHasher hasher = new NarHasher();
            store.nar(path, hasher);
            assertThat(hasher.hash())
                    .isEqualTo(store.pathInfo(path).orElseThrow().narHash());
        }
    }
}
