package dev.berth.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.nix.ContentAddressMethod;
import dev.berth.nix.DerivedPath;
import dev.berth.nix.DrvOutput;
import dev.berth.nix.Hash;
import dev.berth.nix.HashAlgorithm;
import dev.berth.nix.OutputsSpec;
import dev.berth.nix.PathInfo;
import dev.berth.nix.Realisation;
import dev.berth.nix.SecretKey;
import dev.berth.nix.SingleDerivedPath;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarSource;
import dev.berth.nix.nar.NarWriter;
import dev.berth.store.Store;
import dev.berth.store.StoreSettings;
import dev.berth.store.Stores;
import dev.berth.store.local.LocalStoreConfig;
import dev.berth.testing.RealNix;
import dev.berth.wire.BuildMode;
import dev.berth.wire.BuildResult;
import dev.berth.wire.ClientSettings;
import dev.berth.wire.LogEvent;
import dev.berth.wire.LogSink;
import dev.berth.wire.Missing;
import dev.berth.wire.StoreOperations;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A local store with a binary cache to fetch from, and that cache served itself. */
final class SubstitutionTest {
    private static final SecretKey KEY = SecretKey.generate("cache-1");
    private static final NarSource CONTENTS = Things.tree(Things.random(5, 200_000));

    @TempDir
    private Path directory;

    private RealNix nix;
    private ServiceSettings settings = ServiceSettings.DEFAULT;
    private String cache = "";
    private PathInfo base;
    private PathInfo top;
    private final List<LogEvent> said = new CopyOnWriteArrayList<>();

    SubstitutionTest() throws IOException {
        base = Things.info("base", CONTENTS, List.of()).signed(StoreDir.DEFAULT, KEY);
        top = Things.info("top", CONTENTS, List.of(base.path())).signed(StoreDir.DEFAULT, KEY);
    }

    @BeforeEach
    void fill() {
        nix = new RealNix(directory);
        cache = "file://" + directory.resolve("cache");
        try (Store store = Stores.open(cache, StoreSettings.DEFAULT)) {
            store.add(base, CONTENTS);
            store.add(top, CONTENTS);
        }
        settings = ServiceSettings.DEFAULT
                .with("trusted-public-keys", KEY.publicKey().print())
                .with("substituters", cache);
    }

    private LocalService service() {
        return new LocalService(LocalStoreConfig.root(nix.root()), settings);
    }

    @AfterEach
    void verify() {
        nix.verifies(nix.uri());
    }

    @Test
    void fetchesWhatIsAskedFor() {
        try (LocalService service = service();
                StoreOperations session = service.open(false, said::add)) {
            assertThat(session.queryValidPaths(List.of(top.path()), false)).isEmpty();
            assertThat(session.querySubstitutablePathInfos(Map.of(top.path(), Optional.empty())))
                    .containsOnlyKeys(top.path());
            StorePath stranger = new StorePath("00000000000000000000000000000000-stranger");
            Missing missing =
                    session.queryMissing(List.of(new DerivedPath.Opaque(top.path()), new DerivedPath.Opaque(stranger)));
            assertThat(missing.willSubstitute()).containsExactlyInAnyOrder(base.path(), top.path());
            assertThat(missing.unknown()).containsExactly(stranger);
            assertThat(missing.narSize()).isEqualTo(base.narSize() + top.narSize());
            assertThat(missing.downloadSize()).isPositive().isLessThan(missing.narSize() * 2);
            List<BuildResult.Keyed> results = session.buildPathsWithResults(
                    List.of(new DerivedPath.Opaque(top.path()), new DerivedPath.Opaque(stranger)), BuildMode.NORMAL);
            assertThat(results)
                    .extracting(keyed -> keyed.result().status())
                    .containsExactly(BuildResult.Status.SUBSTITUTED, BuildResult.Status.NO_SUBSTITUTERS);
            assertThat(session.queryReferrers(base.path())).containsExactly(top.path());
            assertThat(said).anyMatch(event -> event instanceof LogEvent.StartActivity start && start.type() == 100);
        }
    }

    @Test
    void fetchesForQueriesThatWantIt() {
        try (LocalService service = service();
                StoreOperations session = service.open(false, LogSink.none())) {
            session.setOptions(ClientSettings.of(Map.of("substituters", "file:///elsewhere")));
            assertThatThrownBy(() -> session.ensurePath(top.path())).hasMessageContaining("cannot be created");
            session.setOptions(ClientSettings.of(Map.of("substituters", cache)));
            session.ensurePath(base.path());
            assertThat(session.isValidPath(base.path())).isTrue();
        }
        try (LocalService service = service();
                StoreOperations session = service.open(true, LogSink.none())) {
            session.setOptions(ClientSettings.of(Map.of(
                    "trusted-public-keys", SecretKey.generate("x").publicKey().print())));
            assertThatThrownBy(() -> session.ensurePath(top.path())).hasMessageContaining("cannot be created");
        }
    }

    @Test
    void repairsWhatIsDamaged() throws Exception {
        try (LocalService service = service();
                StoreOperations session = service.open(true, LogSink.none())) {
            session.ensurePath(top.path());
            Path file = nix.real(Things.print(top.path()) + "/a");
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
            Files.writeString(file, "damaged");
            assertThat(session.verifyStore(true, false)).isTrue();
            assertThat(session.verifyStore(true, true)).isFalse();
            assertThat(session.verifyStore(true, false)).isFalse();
        }
    }

    @Test
    void keepsRealisations() {
        DrvOutput.ByHash id = new DrvOutput.ByHash(Hash.sha256(Things.bytes("derivation")), "out");
        try (LocalService service = service();
                StoreOperations session = service.open(false, LogSink.none())) {
            session.ensurePath(base.path());
            Realisation unsigned = Realisation.of(id, base.path());
            assertThatThrownBy(() -> session.registerDrvOutput(unsigned))
                    .hasMessageContaining("lacks a signature by a trusted key");
            session.registerDrvOutput(unsigned.signed(KEY));
            assertThat(session.queryRealisation(id)).contains(unsigned.signed(KEY));
            assertThat(session.queryRealisation(new DrvOutput.ByHash(Hash.sha256(new byte[0]), "out")))
                    .isEmpty();
            assertThat(session.queryRealisation(
                            new DrvOutput.ByPath(new StorePath(base.path().hashPart() + "-x.drv"), "out")))
                    .isEmpty();
        }
    }

    @Test
    void servesAStoreThatWasMadeAnew() throws Exception {
        try (LocalService service = service()) {
            try (StoreOperations session = service.open(false, LogSink.none())) {
                session.ensurePath(base.path());
            }
            dev.berth.store.tree.TreeRemoval.remove(nix.root());
            Files.createDirectories(nix.root());
            try (StoreOperations session = service.open(false, LogSink.none())) {
                assertThat(session.queryAllValidPaths()).isEmpty();
                session.ensurePath(base.path());
                assertThat(session.isValidPath(base.path())).isTrue();
            }
        }
    }

    @Test
    void findsOutWhatOutputsCameOutAs() throws Exception {
        RealNix builder = new RealNix(Files.createDirectories(directory.resolve("builder")));
        Path expression = Files.writeString(directory.resolve("ca.nix"), """
                let
                  ca = name: script: derivation {
                    inherit name;
                    system = builtins.currentSystem;
                    builder = "/bin/sh";
                    args = [ "-c" script ];
                    __contentAddressed = true;
                    outputHashMode = "recursive";
                    outputHashAlgo = "sha256";
                  };
                in ca "top" "echo ${ca "base" "echo base > $out"} > $out"
                """);
        StorePath built =
                StoreDir.DEFAULT.parse(builder.build("import " + expression).getFirst());
        StorePath drv = StoreDir.DEFAULT.parse(builder.output("nix-instantiate", expression.toString())
                .lines()
                .findFirst()
                .orElseThrow());
        builder.command("nix", "copy", "--to", cache, "--file", expression.toString())
                .succeed();
        builder.command("nix", "copy", "--derivation", "--to", nix.uri(), "--file", expression.toString())
                .succeed();
        DerivedPath wanted = new DerivedPath.Built(SingleDerivedPath.of(drv), OutputsSpec.of(Set.of("out")));
        try (LocalService service = service()) {
            try (StoreOperations session = service.open(false, said::add)) {
                session.setOptions(ClientSettings.of(Map.of("require-sigs", "false")));
                assertThat(session.queryMissing(List.of(wanted)).willBuild())
                        .as("nobody signed what it came out as")
                        .contains(drv);
                assertThat(session.buildPathsWithResults(List.of(wanted), BuildMode.NORMAL))
                        .noneMatch(keyed -> keyed.result().status().success());
            }
            try (StoreOperations session = service.open(true, LogSink.none())) {
                session.setOptions(ClientSettings.of(Map.of("require-sigs", "false")));
                Missing missing = session.queryMissing(List.of(wanted));
                assertThat(missing.willBuild()).isEmpty();
                assertThat(missing.willSubstitute()).contains(built);
                assertThat(session.isValidPath(built)).isFalse();
                BuildResult result = session.buildPathsWithResults(List.of(wanted), BuildMode.NORMAL)
                        .getFirst()
                        .result();
                assertThat(result.status().success()).as(result.errorMsg()).isTrue();
                assertThat(result.builtOutputs()).containsOnlyKeys("out");
                Realisation out = List.copyOf(result.builtOutputs().values()).getFirst();
                assertThat(out.outPath()).isEqualTo(built);
                assertThat(session.queryDerivationOutputMap(drv)).containsEntry("out", Optional.of(built));
                assertThat(session.queryRealisation(out.id()))
                        .map(Realisation::outPath)
                        .contains(built);
            }
        }
        assertThat(Files.readString(nix.real(Things.print(built)))).contains("-base");
    }

    @Test
    void sessionsShareAFetch() throws Exception {
        try (LocalService service = service()) {
            List<Throwable> failures = new CopyOnWriteArrayList<>();
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                // Half of them choose their substituters themselves.
                Map<String, String> settings = i % 2 == 0 ? Map.of() : Map.of("substituters", cache + "?priority=7");
                Thread thread = Thread.ofVirtual().unstarted(() -> {
                    try (StoreOperations session = service.open(true, said::add)) {
                        session.setOptions(ClientSettings.of(settings));
                        session.ensurePath(top.path());
                        session.ensurePath(base.path());
                    }
                });
                thread.setUncaughtExceptionHandler((_, e) -> failures.add(e));
                thread.start();
                threads.add(thread);
            }
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(failures).isEmpty();
        }
        assertThat(said.stream()
                        .filter(LogEvent.StartActivity.class::isInstance)
                        .map(LogEvent.StartActivity.class::cast)
                        .filter(start -> start.type() == 100))
                .as("what was copied, by whomever")
                .hasSizeBetween(2, 4);
    }

    @Test
    void servesACache() throws Exception {
        Store store = Stores.open(cache, StoreSettings.DEFAULT);
        try (ProxyService proxy = ProxyService.ofStore(store, settings);
                StoreOperations session = proxy.open(false, LogSink.none())) {
            assertThat(session.queryAllValidPaths()).containsExactlyInAnyOrder(base.path(), top.path());
            assertThat(session.queryPathInfo(top.path()).orElseThrow().references())
                    .isEqualTo(Set.copyOf(List.of(base.path())));
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            session.narFromPath(top.path(), new NarWriter(out));
            assertThat(out.toByteArray()).isEqualTo(Things.nar(CONTENTS));
            byte[] large = Things.random(9, 400_000);
            for (ContentAddressMethod method : List.of(ContentAddressMethod.FLAT, ContentAddressMethod.NAR)) {
                byte[] dump = method == ContentAddressMethod.NAR ? Things.nar(Things.file(large)) : large;
                PathInfo info = session.addToStore(
                        "large", method, HashAlgorithm.SHA256, List.of(), false, new ByteArrayInputStream(dump));
                assertThat(session.queryPathInfo(info.path())).isPresent();
            }
            PathInfo more = Things.info("more", CONTENTS, List.of(top.path()));
            assertThatThrownBy(() -> session.addToStoreNar(more, false, true, CONTENTS))
                    .hasMessageContaining("lacks a signature by a trusted key");
            Map<PathInfo, NarSource> paths = new LinkedHashMap<>();
            paths.put(more.signed(StoreDir.DEFAULT, KEY), CONTENTS);
            session.addMultipleToStore(DaemonFixture.stream(paths), false, false);
            assertThat(session.isValidPath(more.path())).isTrue();
            session.buildPaths(List.of(new DerivedPath.Opaque(more.path())), BuildMode.NORMAL);
            assertThatThrownBy(session::optimiseStore)
                    .hasMessageContaining("operation 'optimiseStore' is not supported by store '" + cache);
        }
        assertThat(nix.command(
                                "nix",
                                "--extra-experimental-features",
                                "nix-command",
                                "store",
                                "verify",
                                "--all",
                                "--store",
                                cache,
                                "--no-trust")
                        .succeed()
                        .exitCode())
                .isZero();
    }
}
