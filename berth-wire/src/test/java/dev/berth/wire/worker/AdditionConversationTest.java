package dev.berth.wire.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.nix.ContentAddressMethod;
import dev.berth.nix.Hash;
import dev.berth.nix.HashAlgorithm;
import dev.berth.nix.PathInfo;
import dev.berth.nix.Signature;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarSource;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What our client adds, and our session takes, in every version of the protocol. */
final class AdditionConversationTest {
    @Test
    void addsByContent() {
        Conversation.inEveryVersion((talk, any) -> {
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
            byte[] dump = isNar ? Trees.nar(any.tree()) : any.bytes(any.below(200_000));
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
        Conversation.inEveryVersion((talk, any) -> {
            PathInfo info = any.pathInfo();
            NarSource tree = any.tree();
            boolean repair = any.coin();
            boolean dontCheckSigs = any.coin();
            talk.client.addToStoreNar(info, repair, dontCheckSigs, tree);
            assertThat(talk.store.asked)
                    .containsExactly("addToStoreNar", info, repair, dontCheckSigs, Trees.narHash(tree));

            List<PathInfo> infos = any.some(20, any::pathInfo);
            List<NarSource> trees = infos.stream().map(each -> any.tree()).toList();
            talk.client.addMultipleToStore(Trees.stream(infos, trees), repair, dontCheckSigs);
            if (talk.dialect.atLeast(32)) {
                List<Object> all =
                        new ArrayList<>(List.of("addMultipleToStore", (long) infos.size(), repair, dontCheckSigs));
                for (int i = 0; i < infos.size(); i++) {
                    all.add(infos.get(i).withUltimate(false));
                    all.add(Trees.narHash(trees.get(i)));
                }
                assertThat(talk.store.asked).isEqualTo(all);
            } else if (!infos.isEmpty()) {
                assertThat(talk.store.asked)
                        .containsExactly(
                                "addToStoreNar",
                                infos.getLast().withUltimate(false),
                                repair,
                                dontCheckSigs,
                                Trees.narHash(trees.getLast()));
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

    @Test
    void keepsTheConnectionWhenASourceFails() {
        Conversation.inEveryVersion((talk, any) -> {
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
