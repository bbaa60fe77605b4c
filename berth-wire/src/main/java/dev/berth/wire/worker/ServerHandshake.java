package dev.berth.wire.worker;

import dev.berth.wire.StoreService;
import dev.berth.wire.TrustedFlag;
import dev.berth.wire.WireException;
import dev.berth.wire.WireInput;
import dev.berth.wire.WireOutput;
import java.io.IOException;
import java.util.Set;
import java.util.TreeSet;

/** The server's half of the handshake (libstore/worker-protocol-connection.cc). */
final class ServerHandshake {
    private final WireInput in;
    private final WireOutput out;
    private final StoreService service;

    ServerHandshake(WireInput in, WireOutput out, StoreService service) {
        this.in = in;
        this.out = out;
        this.service = service;
    }

    /**
     * Agrees with the client. What was written goes out before the client is waited for: clients may send their version
     * with their greeting, or wait for ours.
     *
     * @param newest the newest protocol that is offered
     * @throws WireException if the peer is no client, or too old; it has been told where it can understand that
     */
    Dialect agree(int newest, boolean trusted) throws IOException {
        if (in.u64() != Dialect.CLIENT_MAGIC) {
            throw new WireException("protocol mismatch: the peer is no Nix client");
        }
        out.u64(Dialect.SERVER_MAGIC);
        out.u64(Dialect.version(newest));
        long version = in.u32();
        int minor = Math.min(Dialect.minorOf(version), newest);
        if (Dialect.majorOf(version) != 1 || minor < Dialect.OLDEST) {
            throw tooOld(version);
        }
        Set<String> features = minor >= 38 ? agreeOnFeatures() : Set.of();
        if (in.u32() != 0) {
            in.u32(); // processor affinity
        }
        in.u32(); // reserve space
        if (minor >= 33) {
            out.text(service.nixVersion());
        }
        if (minor >= 35) {
            out.u64(
                    switch (service.trustedFlag(trusted)) {
                        case TrustedFlag.UNKNOWN -> 0;
                        case TrustedFlag.TRUSTED -> 1;
                        case TrustedFlag.NOT_TRUSTED -> 2;
                    });
        }
        return new Dialect(service.storeDir(), minor, features);
    }

    private Set<String> agreeOnFeatures() throws IOException {
        Set<String> theirs = in.set(WireInput::text);
        Set<String> ours = new TreeSet<>(service.features());
        ours.retainAll(Dialect.KNOWN_FEATURES);
        out.texts(ours);
        ours.retainAll(theirs);
        return ours;
    }

    private WireException tooOld(long version) throws IOException {
        String shown = Dialect.majorOf(version) + "." + Dialect.minorOf(version);
        WireException error = new WireException("the Nix client speaks protocol " + shown + ", this server 1."
                + Dialect.OLDEST + " to 1." + Dialect.NEWEST);
        if (Dialect.majorOf(version) == 1) {
            out.u64(Stderr.ERROR);
            ErrorCodec.write(out, new Dialect(service.storeDir(), Dialect.minorOf(version), Set.of()), error);
        }
        return error;
    }
}
