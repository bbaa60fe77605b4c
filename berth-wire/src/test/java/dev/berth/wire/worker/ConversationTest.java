package dev.berth.wire.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.nix.Derivation;
import dev.berth.nix.DerivedPath;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarHasher;
import dev.berth.nix.nar.NarSource;
import dev.berth.wire.BuildMode;
import dev.berth.wire.BuildResult;
import dev.berth.wire.ClientSettings;
import dev.berth.wire.GcRequest;
import dev.berth.wire.LogEvent;
import dev.berth.wire.RemoteException;
import dev.berth.wire.TrustedFlag;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Our client and our session say the same thing in every version of the protocol: hands, upkeep, builds, log and errors. */
final class ConversationTest {
    @Test
    void shakesHands() {
        Conversation.inEveryVersion((talk, any) -> {
            assertThat(talk.client.protocol()).isEqualTo(talk.dialect.toString());
            assertThat(talk.client.features()).isEqualTo(talk.dialect.features());
            assertThat(talk.client.nixVersion())
                    .isEqualTo(talk.dialect.atLeast(33) ? Optional.of("2.26.3") : Optional.empty());
            assertThat(talk.client.trusted())
                    .isEqualTo(talk.dialect.atLeast(35) ? TrustedFlag.TRUSTED : TrustedFlag.UNKNOWN);
        });
    }

    @Test
    void maintains() {
        Conversation.inEveryVersion((talk, any) -> {
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
        Conversation.inEveryVersion((talk, any) -> {
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
        Conversation.inEveryVersion((talk, any) -> {
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
        Conversation.inEveryVersion((talk, any) -> {
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
                            Trees.stream(List.of(any.pathInfo()), List.of(big())), false, false)));
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
}
