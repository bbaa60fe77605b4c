package dev.berth.wire.worker;

import static dev.berth.wire.worker.GoldenFiles.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.nix.StoreDir;
import dev.berth.wire.TrustedFlag;
import dev.berth.wire.WireInput;
import dev.berth.wire.WireOutput;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The bytes of Nix's own unit tests that are said while hands are shaken. */
final class GoldenHandshakeTest {
    private static final StoreDir STORE = StoreDir.DEFAULT;

    /** The versions and marks of trust come in the middle of handshakes: they are read and written as parts of some. */
    @Test
    void handshakes() throws IOException {
        Map<String, Integer> files = Map.of(
                "client-handshake-info_1_30", 30, "client-handshake-info_1_33", 33, "client-handshake-info_1_35", 35);
        for (var each : files.entrySet()) {
            byte[] infos = bytes("worker-protocol/" + each.getKey());
            int minor = each.getValue();
            ByteArrayInputStream rest = new ByteArrayInputStream(infos);
            int count = 0;
            do {
                ServerGreeting greeting = greet(minor, rest);
                assertThat(greeting.nixVersion()).isEqualTo(minor < 33 ? Optional.empty() : greeting.nixVersion());
                byte[] said = said(minor, greeting);
                assertThat(said)
                        .isEqualTo(Arrays.copyOfRange(
                                infos, infos.length - rest.available() - said.length, infos.length - rest.available()));
                count++;
            } while (rest.available() > 0);
            assertThat(count).isGreaterThan(0);
        }
        byte[] trust = bytes("worker-protocol/optional-trusted-flag");
        for (int i = 0; i < 3; i++) {
            byte[] one = new byte[16];
            System.arraycopy(trust, 8 * i, one, 8, 8);
            assertThat(greet(35, new ByteArrayInputStream(one)).trusted())
                    .isEqualTo(List.of(TrustedFlag.UNKNOWN, TrustedFlag.TRUSTED, TrustedFlag.NOT_TRUSTED)
                            .get(i));
        }
        byte[] toClient = bytes("worker-protocol/handshake-to-client");
        WireInput in = new WireInput(new ByteArrayInputStream(toClient), 1000);
        assertThat(in.u64()).isEqualTo(Dialect.SERVER_MAGIC);
        assertThat(Dialect.majorOf(in.u64())).isEqualTo(1);
    }

    /** What a client hears in a server's greeting that goes on with these bytes. */
    private static ServerGreeting greet(int minor, InputStream rest) throws IOException {
        ByteArrayOutputStream start = new ByteArrayOutputStream();
        WireOutput out = new WireOutput(start);
        out.u64(Dialect.SERVER_MAGIC);
        out.u64(Dialect.version(minor));
        out.flush();
        // Byte by byte, so that nothing is taken ahead.
        InputStream all = new SequenceInputStream(new ByteArrayInputStream(start.toByteArray()), rest) {
            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                return super.read(bytes, offset, Math.min(1, length));
            }
        };
        WireInput in = new WireInput(all, 1 << 20);
        return new ClientHandshake(in, new WireOutput(OutputStream.nullOutputStream()))
                .agree(STORE, Dialect.NEWEST, Set.of());
    }

    /** What a server says of that. */
    private static byte[] said(int minor, ServerGreeting greeting) throws IOException {
        ByteArrayOutputStream hello = new ByteArrayOutputStream();
        WireOutput client = new WireOutput(hello);
        client.u64(Dialect.CLIENT_MAGIC);
        client.u64(Dialect.version(minor));
        client.u64(0);
        client.u64(0);
        client.flush();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        WireOutput out = new WireOutput(bytes);
        FakeStore service = new FakeStore(Set.of()) {
            @Override
            public String nixVersion() {
                return greeting.nixVersion().orElse("");
            }

            @Override
            public TrustedFlag trustedFlag(boolean trusted) {
                return greeting.trusted();
            }
        };
        new ServerHandshake(new WireInput(new ByteArrayInputStream(hello.toByteArray()), 1000), out, service)
                .agree(Dialect.NEWEST, true);
        out.flush();
        byte[] all = bytes.toByteArray();
        return Arrays.copyOfRange(all, 16, all.length);
    }
}
