package dev.berth.gateway.http;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * An HTTP server to serve by.
 *
 * @param host the address to listen on; empty for all
 * @param port 0 to 65535; 0 takes a free one
 * @param tls if connections are to be encrypted; then all are
 * @param privateMetrics whether {@code /metrics} is only for those who may read
 * @param limits what clients may take
 */
public record HttpConfig(String host, int port, Optional<Tls> tls, boolean privateMetrics, Limits limits) {
    /** @throws IllegalArgumentException for a port that is none */
    public HttpConfig {
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("not a port: " + port);
        }
    }

    /** Without TLS and with the default limits. */
    public static HttpConfig of(String host, int port) {
        return new HttpConfig(host, port, Optional.empty(), false, Limits.DEFAULT);
    }

    /**
     * What the server proves itself with. Both files are looked at again when they change.
     *
     * @param certificate a PEM file: the server's certificate, then those up to an authority
     * @param key a PEM file: the private key, PKCS #8, not encrypted
     */
    public record Tls(Path certificate, Path key) {}

    /**
     * What clients may take.
     *
     * @param connections how many may be open at once
     * @param requests how many may be answered at once that cannot be answered from memory; who comes then is to come again
     * @param target the greatest length of a request's target, in bytes
     * @param head the greatest size of a request's header fields together, in bytes
     * @param idle how long a connection may be open without a request
     * @param headTime how long a client may take to send the head of a request, and for the handshake of TLS
     * @param stall how long a client may send, or take, nothing in the middle of a body
     * @param rate the least bytes a second that a client must send, or take, over the whole of a body beyond {@code stall}
     */
    public record Limits(
            int connections,
            int requests,
            int target,
            int head,
            Duration idle,
            Duration headTime,
            Duration stall,
            int rate) {
        /** Room for thousands of connections, of which hundreds read at once. */
        public static final Limits DEFAULT = new Limits(
                4000,
                600,
                8 << 10,
                32 << 10,
                Duration.ofMinutes(2),
                Duration.ofSeconds(30),
                Duration.ofMinutes(1),
                10_000);

        /** @throws IllegalArgumentException unless all are positive */
        public Limits {
            if (connections < 1
                    || requests < 1
                    || target < 1
                    || head < 1
                    || !idle.isPositive()
                    || !headTime.isPositive()
                    || !stall.isPositive()
                    || rate < 1) {
                throw new IllegalArgumentException("limits must be at least 1");
            }
        }
    }
}
