package dev.berth.wire.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.nix.ContentAddress;
import dev.berth.nix.ContentAddressMethod;
import dev.berth.nix.Derivation;
import dev.berth.nix.DerivedPath;
import dev.berth.nix.DrvOutput;
import dev.berth.nix.Hash;
import dev.berth.nix.HashAlgorithm;
import dev.berth.nix.PathInfo;
import dev.berth.nix.Realisation;
import dev.berth.nix.Signature;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarHasher;
import dev.berth.nix.nar.NarSource;
import dev.berth.nix.nar.NarWriter;
import dev.berth.testing.Seed;
import dev.berth.wire.BuildMode;
import dev.berth.wire.BuildResult;
import dev.berth.wire.ClientSettings;
import dev.berth.wire.GcRequest;
import dev.berth.wire.LogEvent;
import dev.berth.wire.Missing;
import dev.berth.wire.PathStream;
import dev.berth.wire.RemoteException;
import dev.berth.wire.SubstitutablePathInfo;
import dev.berth.wire.TrustedFlag;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Our client and our session say the same thing in every version of the protocol. */
final class ConversationTest {
    private static final int ROUNDS = 10;

    @FunctionalInterface
    private interface Talk {
        void with(Conversation conversation, Any any) throws IOException;
    }

    private static void inEveryVersion(Talk talk) {
        long first = Seed.first();
        for (Dialect dialect : Conversation.dialects()) {
            try (Conversation conversation = new Conversation(dialect, true)) {
                for (long seed = first; seed < first + ROUNDS; seed++) {
                    try {
                        talk.with(conversation, new Any(seed));
                    } catch (AssertionError | IOException | RuntimeException e) {
                        throw new AssertionError("failed with seed " + seed + " at " + dialect, e);
                    }
                }
                assertThat(conversation.client.isClosed()).isFalse();
            }
        }
    }

    private static Hash narHash(NarSource source) throws IOException {
        NarHasher hasher = new NarHasher();
        source.sendTo(hasher);
        return hasher.hash();
    }

    private static byte[] nar(NarSource source) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        source.sendTo(new NarWriter(out));
        return out.toByteArray();
    }

    @Test
    void shakesHands() {
        inEveryVersion((talk, any) -> {
            assertThat(talk.client.protocol()).isEqualTo(talk.dialect.toString());
            assertThat(talk.client.features()).isEqualTo(talk.dialect.features());
            assertThat(talk.client.nixVersion())
                    .isEqualTo(talk.dialect.atLeast(33) ? Optional.of("2.26.3") : Optional.empty());
            assertThat(talk.client.trusted())
                    .isEqualTo(talk.dialect.atLeast(35) ? TrustedFlag.TRUSTED : TrustedFlag.UNKNOWN);
        });
    }

    @Test
    void asksAboutOnePath() {
        inEveryVersion((talk, any) -> {
            StorePath path = any.path();
            talk.store.answer = any.coin();
            assertThat(talk.client.isValidPath(path)).isEqualTo(talk.store.answer);
            assertThat(talk.store.asked).containsExactly("isValidPath", path);

            Optional<PathInfo> info = any.maybe(any::pathInfo);
            talk.store.answer = info;
            Optional<PathInfo> got = talk.client.queryPathInfo(path);
            assertThat(talk.store.asked).containsExactly("queryPathInfo", path);
            assertThat(got).isEqualTo(info.map(each -> withPath(each, path)));

            String hashPart = path.hashPart();
            talk.store.answer = any.maybe(any::path);
            assertThat(talk.client.queryPathFromHashPart(hashPart)).isEqualTo(talk.store.answer);
            assertThat(talk.store.asked).containsExactly("queryPathFromHashPart", hashPart);

            talk.store.answer = any.paths();
            assertThat(talk.client.queryReferrers(path)).isEqualTo(talk.store.answer);
            assertThat(talk.store.asked).containsExactly("queryReferrers", path);
            assertThat(talk.client.queryValidDerivers(path)).isEqualTo(talk.store.answer);
            assertThat(talk.store.asked).containsExactly("queryValidDerivers", path);
        });
    }

    private static PathInfo withPath(PathInfo info, StorePath path) {
        return new PathInfo(
                path,
                info.narHash(),
                info.narSize(),
                info.references(),
                info.deriver(),
                info.registrationTime(),
                info.ultimate(),
                info.signatures(),
                info.ca());
    }

    @Test
    void asksAboutManyPaths() {
        inEveryVersion((talk, any) -> {
            Set<StorePath> paths = any.paths();
            boolean substitute = any.coin();
            talk.store.answer = any.paths();
            assertThat(talk.client.queryValidPaths(paths, substitute)).isEqualTo(talk.store.answer);
            assertThat(talk.store.asked)
                    .containsExactly("queryValidPaths", paths, substitute && talk.dialect.atLeast(27));
            assertThat(talk.client.queryAllValidPaths()).isEqualTo(talk.store.answer);
            assertThat(talk.store.asked).containsExactly("queryAllValidPaths");
            assertThat(talk.client.querySubstitutablePaths(paths)).isEqualTo(talk.store.answer);
            assertThat(talk.store.asked).containsExactly("querySubstitutablePaths", paths);

            Map<StorePath, Optional<ContentAddress>> wanted = new TreeMap<>();
            paths.forEach(path ->
                    wanted.put(path, talk.dialect.atLeast(22) ? any.maybe(any::contentAddress) : Optional.empty()));
            Map<StorePath, SubstitutablePathInfo> known = new TreeMap<>();
            any.some(3, any::path).forEach(path -> known.put(path, any.substitutable()));
            talk.store.answer = known;
            assertThat(talk.client.querySubstitutablePathInfos(wanted)).isEqualTo(known);
            assertThat(talk.store.asked).containsExactly("querySubstitutablePathInfos", wanted);

            PathInfo info = any.pathInfo();
            talk.store.answer = Optional.of(info);
            List<StorePath> many = new ArrayList<>(paths);
            for (int i = 0; i < 500; i++) {
                many.add(any.path());
            }
            Map<StorePath, PathInfo> infos = talk.client.queryPathInfos(many);
            assertThat(infos.keySet()).isEqualTo(new TreeSet<>(many));
            infos.forEach((path, got) -> assertThat(got).isEqualTo(withPath(info, path)));
        });
    }

    @Test
    void asksAboutDerivations() {
        inEveryVersion((talk, any) -> {
            List<DerivedPath> targets = any.some(4, () -> any.derivedPath(talk.dialect));
            Missing missing = any.missing();
            talk.store.answer = missing;
            assertThat(talk.client.queryMissing(targets)).isEqualTo(missing);
            assertThat(talk.store.asked).containsExactly("queryMissing", targets);

            if (talk.dialect.atLeast(22)) {
                StorePath drvPath = any.drvPath();
                Map<String, Optional<StorePath>> outputs = new TreeMap<>();
                any.some(3, any::name).forEach(name -> outputs.put(name, any.maybe(any::path)));
                talk.store.answer = outputs;
                assertThat(talk.client.queryDerivationOutputMap(drvPath)).isEqualTo(outputs);
                assertThat(talk.store.asked).containsExactly("queryDerivationOutputMap", drvPath);
            } else {
                Derivation derivation = any.derivation(false);
                StorePath drvPath = any.path(derivation.name() + ".drv");
                byte[] file = derivation.print(talk.dialect.storeDir());
                talk.store.nar = sink -> {
                    sink.startFile(false, file.length);
                    sink.contents(file, 0, file.length);
                    sink.endFile();
                };
                Map<String, Optional<StorePath>> outputs = new TreeMap<>();
                derivation
                        .outputs()
                        .forEach((name, output) ->
                                outputs.put(name, output.path(talk.dialect.storeDir(), derivation.name(), name)));
                assertThat(talk.client.queryDerivationOutputMap(drvPath)).isEqualTo(outputs);
            }

            Realisation realisation = any.realisation(talk.dialect);
            talk.store.answer = any.coin() ? Optional.of(realisation) : Optional.empty();
            Optional<Realisation> got = talk.client.queryRealisation(realisation.id());
            if (talk.dialect.atLeast(27)) {
                assertThat(got).isEqualTo(talk.store.answer);
                assertThat(talk.store.asked).containsExactly("queryRealisation", realisation.id());
                talk.client.registerDrvOutput(realisation);
                assertThat(talk.store.asked).containsExactly("registerDrvOutput", realisation);
            } else {
                assertThat(got).isEmpty();
                assertThatThrownBy(() -> talk.client.registerDrvOutput(realisation))
                        .isInstanceOf(RemoteException.class)
                        .hasMessageContaining("1.27");
            }
        });
    }

    @Test
    void doesNotTellOfRealisationsOfTheOtherGeneration() {
        inEveryVersion((talk, any) -> {
            Dialect other = new Dialect(
                    talk.dialect.storeDir(),
                    38,
                    talk.dialect.realisationWithPath() ? Set.of() : Dialect.KNOWN_FEATURES);
            DrvOutput output = any.drvOutput(other, "out");
            assertThat(talk.client.queryRealisation(output)).isEmpty();
            assertThatThrownBy(() -> talk.client.registerDrvOutput(Realisation.of(output, any.path())));
        });
    }

    @Test
    void sendsNars() {
        inEveryVersion((talk, any) -> {
            StorePath path = any.path();
            NarSource tree = any.tree();
            talk.store.nar = tree;
            NarHasher hasher = new NarHasher();
            talk.client.narFromPath(path, hasher);
            assertThat(talk.store.asked).containsExactly("narFromPath", path);
            assertThat(hasher.hash()).isEqualTo(narHash(tree));
        });
    }

    @Test
    void addsByContent() {
        inEveryVersion((talk, any) -> {
            PathInfo info = any.pathInfo();
            boolean modern = talk.dialect.atLeast(25);
            ContentAddressMethod method = any.one(List.of(ContentAddressMethod.values()));
            if (method == ContentAddressMethod.GIT && !modern) {
                return;
            }
            boolean isNar = method == ContentAddressMethod.NAR || method == ContentAddressMethod.GIT;
            HashAlgorithm algorithm = method == ContentAddressMethod.TEXT
                    ? HashAlgorithm.SHA256
                    : any.one(List.of(HashAlgorithm.SHA1, HashAlgorithm.SHA256, HashAlgorithm.SHA512));
            byte[] dump = isNar ? nar(any.tree()) : any.bytes(any.below(200_000));
            Set<StorePath> references = modern || method == ContentAddressMethod.TEXT ? any.paths() : Set.of();
            boolean repair = modern && any.coin();
            talk.store.answer = info;
            if (!modern) {
                // The answer is a path alone, and its info is asked for.
                talk.store.before = log -> {
                    if (talk.store.asked.getFirst().equals("queryPathInfo")) {
                        talk.store.answer = Optional.of(info);
                    } else {
                        List<Object> call = talk.store.asked;
                        assertThat(call)
                                .containsExactly(
                                        "addToStore",
                                        info.path().name(),
                                        method,
                                        algorithm,
                                        new TreeSet<>(references),
                                        repair,
                                        Hash.sha256(dump));
                    }
                };
            }
            PathInfo got = talk.client.addToStore(
                    info.path().name(), method, algorithm, references, repair, new ByteArrayInputStream(dump));
            talk.store.before = log -> {};
            assertThat(got).isEqualTo(info);
            if (modern) {
                assertThat(talk.store.asked)
                        .containsExactly(
                                "addToStore",
                                info.path().name(),
                                method,
                                algorithm,
                                new TreeSet<>(references),
                                repair,
                                Hash.sha256(dump));
            }
        });
    }

    @Test
    void addsPaths() {
        inEveryVersion((talk, any) -> {
            PathInfo info = any.pathInfo();
            NarSource tree = any.tree();
            boolean repair = any.coin();
            boolean dontCheckSigs = any.coin();
            talk.client.addToStoreNar(info, repair, dontCheckSigs, tree);
            assertThat(talk.store.asked).containsExactly("addToStoreNar", info, repair, dontCheckSigs, narHash(tree));

            List<PathInfo> infos = any.some(20, any::pathInfo);
            List<NarSource> trees = infos.stream().map(each -> any.tree()).toList();
            talk.client.addMultipleToStore(stream(infos, trees), repair, dontCheckSigs);
            if (talk.dialect.atLeast(32)) {
                List<Object> all =
                        new ArrayList<>(List.of("addMultipleToStore", (long) infos.size(), repair, dontCheckSigs));
                for (int i = 0; i < infos.size(); i++) {
                    all.add(infos.get(i).withUltimate(false));
                    all.add(narHash(trees.get(i)));
                }
                assertThat(talk.store.asked).isEqualTo(all);
            } else if (!infos.isEmpty()) {
                assertThat(talk.store.asked)
                        .containsExactly(
                                "addToStoreNar",
                                infos.getLast().withUltimate(false),
                                repair,
                                dontCheckSigs,
                                narHash(trees.getLast()));
            }

            Set<Signature> signatures = new TreeSet<>(any.some(3, any::signature));
            talk.client.addSignatures(info.path(), signatures);
            assertThat(talk.store.asked).containsExactly("addSignatures", info.path(), signatures);

            if (talk.dialect.atLeast(32)) {
                byte[] log = any.bytes(any.below(200_000));
                StorePath drvPath = any.drvPath();
                talk.client.addBuildLog(drvPath, new ByteArrayInputStream(log));
                assertThat(talk.store.asked).containsExactly("addBuildLog", drvPath, Hash.sha256(log));
            }
        });
    }

    static PathStream stream(List<PathInfo> infos, List<NarSource> trees) {
        return new PathStream() {
            @Override
            public long count() {
                return infos.size();
            }

            @Override
            public void sendTo(Receiver receiver) throws IOException {
                for (int i = 0; i < infos.size(); i++) {
                    receiver.path(infos.get(i), trees.get(i));
                }
            }
        };
    }

    @Test
    void maintains() {
        inEveryVersion((talk, any) -> {
            StorePath path = any.path();
            String link = any.text();
            talk.client.ensurePath(path);
            assertThat(talk.store.asked).containsExactly("ensurePath", path);
            talk.client.addTempRoot(path);
            assertThat(talk.store.asked).containsExactly("addTempRoot", path);
            talk.client.addIndirectRoot(link);
            assertThat(talk.store.asked).containsExactly("addIndirectRoot", link);
            talk.store.answer = any.text();
            if (talk.dialect.atLeast(36)) {
                assertThat(talk.client.addPermRoot(path, link)).isEqualTo(talk.store.answer);
                assertThat(talk.store.asked).containsExactly("addPermRoot", path, link);
            } else {
                assertThatThrownBy(() -> talk.client.addPermRoot(path, link)).hasMessageContaining("1.36");
            }
            talk.store.answer = any.roots();
            assertThat(talk.client.findRoots()).isEqualTo(talk.store.answer);

            ClientSettings settings = any.settings();
            talk.client.setOptions(settings);
            assertThat(talk.store.asked).containsExactly("setOptions", settings);
            GcRequest request = any.gcRequest();
            talk.store.answer = any.gcOutcome();
            assertThat(talk.client.collectGarbage(request)).isEqualTo(talk.store.answer);
            assertThat(talk.store.asked).containsExactly("collectGarbage", request);
            talk.client.optimiseStore();
            assertThat(talk.store.asked).containsExactly("optimiseStore");
            boolean checkContents = any.coin();
            boolean repair = any.coin();
            talk.store.answer = any.coin();
            assertThat(talk.client.verifyStore(checkContents, repair)).isEqualTo(talk.store.answer);
            assertThat(talk.store.asked).containsExactly("verifyStore", checkContents, repair);
        });
    }

    @Test
    void builds() {
        inEveryVersion((talk, any) -> {
            List<DerivedPath> targets = any.some(4, () -> any.derivedPath(talk.dialect));
            BuildMode mode = any.one(List.of(BuildMode.values()));
            talk.client.buildPaths(targets, mode);
            assertThat(talk.store.asked).containsExactly("buildPaths", targets, mode);
            if (talk.dialect.atLeast(34)) {
                talk.store.answer = any.some(4, () -> any.keyed(talk.dialect));
                assertThat(talk.client.buildPathsWithResults(targets, mode)).isEqualTo(talk.store.answer);
                assertThat(talk.store.asked).containsExactly("buildPathsWithResults", targets, mode);
            }
            Derivation derivation = any.derivation(false);
            StorePath drvPath = any.path(derivation.name() + ".drv");
            BuildResult result = any.buildResult(talk.dialect, Optional.of(drvPath));
            talk.store.answer = result;
            assertThat(talk.client.buildDerivation(drvPath, derivation, mode)).isEqualTo(result);
            assertThat(talk.store.asked).containsExactly("buildDerivation", drvPath, derivation, mode);
        });
    }

    @Test
    void tellsWhatHappens() {
        inEveryVersion((talk, any) -> {
            talk.log.clear();
            List<LogEvent> events = any.some(20, any::logEvent);
            talk.store.before = log -> events.forEach(log::log);
            talk.store.answer = true;
            assertThat(talk.client.isValidPath(any.path())).isTrue();
            assertThat(talk.log.stream().map(Any::shown))
                    .isEqualTo(events.stream().map(Any::shown).toList());
            talk.log.clear();
            talk.client.addToStoreNar(any.pathInfo(), false, false, any.tree());
            talk.store.before = log -> {};
            assertThat(talk.log.stream().map(Any::shown))
                    .isEqualTo(events.stream().map(Any::shown).toList());
        });
    }

    @Test
    void tellsErrorsAndGoesOn() {
        inEveryVersion((talk, any) -> {
            RemoteException error = new RemoteException(any.text() + "!", any.below(8), any.some(3, any::text), false);
            talk.store.before = log -> {
                throw error;
            };
            boolean structured = talk.dialect.atLeast(26);
            List<Runnable> calls = List.of(
                    () -> talk.client.isValidPath(any.path()),
                    () -> talk.client.queryPathInfos(List.of(any.path(), any.path(), any.path())),
                    () -> unchecked(() -> talk.client.narFromPath(any.path(), new NarHasher())),
                    () -> unchecked(() -> talk.client.addToStoreNar(any.pathInfo(), false, false, big())),
                    () -> unchecked(() -> talk.client.addMultipleToStore(
                            stream(List.of(any.pathInfo()), List.of(big())), false, false)));
            for (Runnable call : calls) {
                assertThatThrownBy(call::run).isInstanceOfSatisfying(RemoteException.class, told -> {
                    assertThat(told.getMessage()).isEqualTo(error.getMessage());
                    assertThat(told.level()).isEqualTo(structured ? error.level() : 0);
                    assertThat(told.traces()).isEqualTo(structured ? error.traces() : List.of());
                    assertThat(told.connectionLost()).isFalse();
                });
            }
            talk.store.before = log -> {};
        });
    }

    /** More than fits into all buffers on the way. */
    private static NarSource big() {
        return sink -> {
            byte[] piece = new byte[1 << 20];
            sink.startFile(false, 8L << 20);
            for (int i = 0; i < 8; i++) {
                sink.contents(piece, 0, piece.length);
            }
            sink.endFile();
        };
    }

    @FunctionalInterface
    private interface Step {
        void run() throws IOException;
    }

    private static void unchecked(Step step) {
        try {
            step.run();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void keepsTheConnectionWhenASourceFails() {
        inEveryVersion((talk, any) -> {
            if (!talk.dialect.atLeast(23)) {
                return;
            }
            NarSource broken = sink -> {
                sink.startFile(false, 1 << 20);
                sink.contents(new byte[100_000], 0, 100_000);
                throw new IOException("no more");
            };
            assertThatThrownBy(() -> talk.client.addToStoreNar(any.pathInfo(), false, false, broken))
                    .isInstanceOf(IOException.class)
                    .hasMessage("no more");
            talk.store.answer = true;
            assertThat(talk.client.isValidPath(any.path())).isTrue();
        });
    }
}
