package dev.berth.wire.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.nix.ContentAddress;
import dev.berth.nix.Derivation;
import dev.berth.nix.DerivedPath;
import dev.berth.nix.DrvOutput;
import dev.berth.nix.PathInfo;
import dev.berth.nix.Realisation;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarHasher;
import dev.berth.nix.nar.NarSource;
import dev.berth.wire.Missing;
import dev.berth.wire.RemoteException;
import dev.berth.wire.SubstitutablePathInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What our client asks, and our session answers, in every version of the protocol. */
final class QueryConversationTest {
    @Test
    void asksAboutOnePath() {
        Conversation.inEveryVersion((talk, any) -> {
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

    @Test
    void asksAboutManyPaths() {
        Conversation.inEveryVersion((talk, any) -> {
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
    void asksAboutDerivations() {
        Conversation.inEveryVersion((talk, any) -> {
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
        Conversation.inEveryVersion((talk, any) -> {
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
        Conversation.inEveryVersion((talk, any) -> {
            StorePath path = any.path();
            NarSource tree = any.tree();
            talk.store.nar = tree;
            NarHasher hasher = new NarHasher();
            talk.client.narFromPath(path, hasher);
            assertThat(talk.store.asked).containsExactly("narFromPath", path);
            assertThat(hasher.hash()).isEqualTo(Trees.narHash(tree));
        });
    }
}
