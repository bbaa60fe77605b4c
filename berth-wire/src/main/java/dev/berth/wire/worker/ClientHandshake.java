package dev.berth.wire.worker;

import dev.berth.nix.FormatException;
import dev.berth.nix.StoreDir;
import dev.berth.wire.TrustedFlag;
import dev.berth.wire.WireException;
import dev.berth.wire.WireInput;
import dev.berth.wire.WireOutput;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** The client's half of the handshake (libstore/worker-protocol-connection.cc). */
final class ClientHandshake {
    private static final List<TrustedFlag> TRUST =
            List.of(TrustedFlag.UNKNOWN, TrustedFlag.TRUSTED, TrustedFlag.NOT_TRUSTED);

    private final WireInput in;
    private final WireOutput out;

    ClientHandshake(WireInput in, WireOutput out) {
        this.in = in;
        this.out = out;
    }

    /**
     * Agrees with the server; its start-up messages follow.
     *
     * @param newest the newest protocol that is offered
     * @param offered features
     * @throws WireException if the peer is no server, or too old
     */
    ServerGreeting agree(StoreDir storeDir, int newest, Set<String> offered) throws IOException {
        out.u64(Dialect.CLIENT_MAGIC);
        out.u64(Dialect.version(newest));
        out.flush();
        long magic = in.u64();
        if (magic != Dialect.SERVER_MAGIC) {
            throw new WireException("protocol mismatch: the peer is no Nix daemon, it says " + shown(magic));
        }
        long version = in.u32();
        int minor = Math.min(Dialect.minorOf(version), newest);
        if (Dialect.majorOf(version) != 1 || minor < Dialect.OLDEST) {
            throw new WireException("the Nix daemon speaks protocol " + Dialect.majorOf(version) + "."
                    + Dialect.minorOf(version) + ", this client 1." + Dialect.OLDEST + " to 1." + Dialect.NEWEST);
        }
        Set<String> features = new TreeSet<>();
        if (minor >= 38) {
            out.texts(new TreeSet<>(offered));
            out.flush();
            features.addAll(in.set(WireInput::text));
            features.retainAll(offered);
        }
        out.u64(0); // no processor affinity
        out.u64(0); // reserve no space
        out.flush();
        Optional<String> nixVersion = minor >= 33 ? Optional.of(in.text()) : Optional.empty();
        TrustedFlag trusted =
                minor >= 35 ? TRUST.get((int) in.number("the mark of trust", TRUST.size() - 1)) : TrustedFlag.UNKNOWN;
        return new ServerGreeting(new Dialect(storeDir, minor, features), nixVersion, trusted);
    }

    /** What is there instead of a greeting: mostly the words of a shell or of an SSH server. */
    private String shown(long magic) throws IOException {
        byte[] bytes = new byte[8 + in.buffered()];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(magic);
        int more = in.buffered() == 0 ? 0 : in.stream().read(bytes, 8, in.buffered());
        return FormatException.quote(new String(bytes, 0, 8 + more, StandardCharsets.UTF_8));
    }
}
