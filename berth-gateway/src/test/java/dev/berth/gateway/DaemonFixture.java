package dev.berth.gateway;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.nix.ContentAddressMethod;
import dev.berth.nix.HashAlgorithm;
import dev.berth.nix.PathInfo;
import dev.berth.nix.SecretKey;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarSource;
import dev.berth.nix.nar.NarWriter;
import dev.berth.testing.RealNix;
import dev.berth.wire.LogEvent;
import dev.berth.wire.PathStream;
import dev.berth.wire.StoreOperations;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A daemon of a local store, whoever wrote it and whatever wire lies between, beside the real Nix. */
abstract class DaemonFixture {
    static final SecretKey KEY = SecretKey.generate("good-1");

    @TempDir
    Path directory;

    RealNix nix;
    final List<LogEvent> said = new CopyOnWriteArrayList<>();

    /** Begins a session with the daemon of the store at {@link RealNix#root}, which trusts {@link #KEY}. */
    abstract StoreOperations open(boolean trusted);

    @BeforeEach
    void makeNix() {
        nix = new RealNix(directory);
    }

    /** The words of this daemon's release for those of Nix 2.26. */
    String words(String newest) {
        return newest;
    }

    /** Checks that it is refused in Nix's words, whatever their colours. */
    final void refuses(ThrowingCallable call, String words) {
        assertThatThrownBy(call)
                .isInstanceOf(RuntimeException.class)
                .extracting(failure -> plain(String.valueOf(failure.getMessage())))
                .asString()
                .contains(words(words));
    }

    static String plain(String text) {
        return text.replaceAll("\u001b\\[[0-9;]*m", "");
    }

    final StorePath text(StoreOperations session, String name, String text, StorePath... references)
            throws IOException {
        return session.addToStore(
                        name,
                        ContentAddressMethod.TEXT,
                        HashAlgorithm.SHA256,
                        List.of(references),
                        false,
                        Things.stream(text))
                .path();
    }

    static byte[] nar(StoreOperations session, StorePath path) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        session.narFromPath(path, new NarWriter(out));
        return out.toByteArray();
    }

    static PathStream stream(Map<PathInfo, NarSource> paths) {
        return new PathStream() {
            @Override
            public long count() {
                return paths.size();
            }

            @Override
            public void sendTo(Receiver receiver) throws IOException {
                for (var path : paths.entrySet()) {
                    receiver.path(path.getKey(), path.getValue());
                }
            }
        };
    }
}
