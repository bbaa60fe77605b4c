package dev.berth.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.nix.Derivation;
import dev.berth.nix.DerivationOutput;
import dev.berth.nix.DerivationPaths;
import dev.berth.nix.DerivedPath;
import dev.berth.nix.OutputsSpec;
import dev.berth.nix.PathInfo;
import dev.berth.nix.SingleDerivedPath;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarSink;
import dev.berth.nix.nar.NarSource;
import dev.berth.nix.nar.NarWriter;
import dev.berth.wire.BuildMode;
import dev.berth.wire.BuildResult;
import dev.berth.wire.ClientSettings;
import dev.berth.wire.LogEvent;
import dev.berth.wire.Missing;
import dev.berth.wire.StoreOperations;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What every daemon of a local store does, with builds, logs and settings beside paths and their upkeep. */
abstract class OperationsContract extends UpkeepContract {
    private Derivation derivation(String name) {
        TreeMap<String, DerivationOutput> outputs = new TreeMap<>(Map.of("out", new DerivationOutput.Deferred()));
        TreeMap<String, String> env =
                new TreeMap<>(Map.of("name", name, "builder", "/bin/sh", "system", "x86_64-linux", "out", ""));
        Derivation open = new Derivation(
                name, outputs, new TreeSet<>(), new TreeMap<>(), "x86_64-linux", "/bin/sh", List.of(), env);
        return new DerivationPaths(StoreDir.DEFAULT, path -> {
                    throw new IllegalArgumentException(path.toString());
                })
                .fillIn(open);
    }

    @Test
    void knowsOutputsAndBuildsNothing() throws Exception {
        Derivation drv = derivation("thing");
        StorePath out = drv.knownOutputPaths(StoreDir.DEFAULT).firstEntry().getValue();
        try (StoreOperations session = open(true)) {
            session.setOptions(ClientSettings.of(Map.of("substitute", "false")));
            StorePath drvPath =
                    text(session, "thing.drv", new String(drv.print(StoreDir.DEFAULT), StandardCharsets.UTF_8));
            assertThat(drvPath).isEqualTo(drv.storePath(StoreDir.DEFAULT));
            assertThat(session.queryDerivationOutputMap(drvPath)).isEqualTo(Map.of("out", Optional.of(out)));
            assertThat(session.queryValidDerivers(out)).containsExactly(drvPath);
            DerivedPath target = new DerivedPath.Built(SingleDerivedPath.of(drvPath), new OutputsSpec.All());
            StorePath stranger =
                    Things.info("stranger", Things.file(new byte[1]), List.of()).path();
            Missing missing = session.queryMissing(List.of(target, new DerivedPath.Opaque(stranger)));
            assertThat(missing.willBuild()).containsExactly(drvPath);
            assertThat(missing.unknown()).containsExactly(stranger);
            assertThat(missing.willSubstitute()).isEmpty();
            refuses(
                    () -> session.ensurePath(stranger),
                    "path '" + Things.print(stranger) + "' does not exist and cannot be created");

            NarSource contents = Things.file(Things.bytes("built elsewhere"));
            PathInfo built = new PathInfo(
                    out,
                    Things.info("x", contents, List.of()).narHash(),
                    Things.info("x", contents, List.of()).narSize(),
                    new TreeSet<>(),
                    Optional.of(drvPath),
                    java.time.Instant.EPOCH,
                    false,
                    new TreeSet<>(),
                    Optional.empty());
            refusesToBuild(session, target);
            session.addToStoreNar(built, false, true, contents);
            assertThat(session.queryMissing(List.of(target)).willBuild()).isEmpty();
            session.buildPaths(List.of(target, new DerivedPath.Opaque(out)), BuildMode.NORMAL);
            session.ensurePath(out);
            BuildResult result = session.buildPathsWithResults(List.of(target), BuildMode.NORMAL)
                    .getFirst()
                    .result();
            assertThat(result.status()).isEqualTo(BuildResult.Status.ALREADY_VALID);
            assertThat(result.builtOutputs()).containsOnlyKeys("out");
            assertThat(result.builtOutputs().firstEntry().getValue().outPath()).isEqualTo(out);
            assertThat(session.buildDerivation(drvPath, drv, BuildMode.NORMAL).status())
                    .isEqualTo(BuildResult.Status.ALREADY_VALID);
        }
        try (StoreOperations session = open(false)) {
            refuses(
                    () -> session.buildDerivation(drv.storePath(StoreDir.DEFAULT), drv, BuildMode.NORMAL),
                    "you are not privileged to build input-addressed derivations");
        }
    }

    /** Nix would build. */
    void refusesToBuild(StoreOperations session, DerivedPath target) {}

    @Test
    void keepsLogsAsNixDoes() throws Exception {
        Derivation drv = derivation("logged");
        StorePath drvPath = drv.storePath(StoreDir.DEFAULT);
        String log = "line\n".repeat(100_000);
        try (StoreOperations session = open(true)) {
            text(session, "logged.drv", new String(drv.print(StoreDir.DEFAULT), StandardCharsets.UTF_8));
            session.addBuildLog(drvPath, Things.stream(log));
            session.addBuildLog(drvPath, Things.stream("another"));
            assertThat(nix.command("nix-store", "--read-log", Things.print(drvPath))
                            .succeed()
                            .stdout())
                    .isEqualTo(log);
        }
        try (StoreOperations session = open(false)) {
            refuses(() -> session.addBuildLog(drvPath, Things.stream("forged")), "you are not privileged to add logs");
        }
    }

    @Test
    void letsUntrustedClientsSetLittle() {
        try (StoreOperations session = open(false)) {
            session.setOptions(ClientSettings.of(Map.of("timeout", "7", "trusted-public-keys", "evil")));
        }
        assertThat(said)
                .filteredOn(LogEvent.Message.class::isInstance)
                .extracting(event -> plain(new String(((LogEvent.Message) event).text(), StandardCharsets.UTF_8)))
                .anySatisfy(line -> assertThat(line)
                        .contains("ignoring the client-specified setting 'trusted-public-keys', because it is a"
                                + " restricted setting and you are not a trusted user"))
                .noneSatisfy(line -> assertThat(line).contains("timeout"));
    }

    @Test
    void saysWhatIsNotValid() {
        StorePath absent = new StorePath("00000000000000000000000000000000-absent");
        try (StoreOperations session = open(true)) {
            assertThat(session.queryPathInfo(absent)).isEmpty();
            assertThat(session.queryReferrers(absent)).isEmpty();
            assertThat(session.isValidPath(absent)).isFalse();
            saysThatNarIsAbsent(session, absent);
        }
    }

    void saysThatNarIsAbsent(StoreOperations session, StorePath absent) {
        NarSink nowhere = new NarWriter(new ByteArrayOutputStream());
        refuses(() -> session.narFromPath(absent, nowhere), "path '" + Things.print(absent) + "' is not valid");
    }
}
