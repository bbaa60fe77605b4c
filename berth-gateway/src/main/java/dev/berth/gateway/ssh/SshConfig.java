package dev.berth.gateway.ssh;

import dev.berth.gateway.Role;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.sshd.common.cipher.BuiltinCiphers;

/**
 * An SSH server to serve by.
 *
 * @param host the address to listen on; empty for all
 * @param port 0 to 65535; 0 takes a free one
 * @param hostKey the file of the host key, made if it is not there
 * @param authorizedKeys the file of who may log in
 * @param defaultRole of keys that name none
 * @param ciphers their names, in the order that the server would have them
 * @param limits what clients may take
 */
public record SshConfig(
        String host,
        int port,
        Path hostKey,
        Path authorizedKeys,
        Role defaultRole,
        List<String> ciphers,
        Limits limits) {
    /**
     * AES-GCM first. chacha20-poly1305 is not among them: OpenSSH's clients would take it before all others, and the JVM is
     * several times as fast with AES. It can be configured.
     */
    public static final List<String> CIPHERS =
            List.of("aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes256-ctr", "aes128-ctr");

    /** Those that can be configured. */
    public static final Set<String> KNOWN_CIPHERS = Set.of(
            "aes128-gcm@openssh.com",
            "aes256-gcm@openssh.com",
            "chacha20-poly1305@openssh.com",
            "aes256-ctr",
            "aes192-ctr",
            "aes128-ctr");

    /** @throws IllegalArgumentException for what cannot be */
    public SshConfig {
        ciphers = List.copyOf(ciphers);
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("not a port: " + port);
        }
        if (ciphers.isEmpty()) {
            throw new IllegalArgumentException("no cipher is left: name one at least");
        }
        for (String cipher : ciphers) {
            if (!KNOWN_CIPHERS.contains(cipher)) {
                throw new IllegalArgumentException("'" + cipher + "' is no cipher here; known are "
                        + String.join(", ", new TreeSet<>(KNOWN_CIPHERS)));
            }
        }
    }

    /** With the defaults: keys without a role are writers. */
    public static SshConfig of(String host, int port, Path hostKey, Path authorizedKeys) {
        return new SshConfig(host, port, hostKey, authorizedKeys, Role.WRITER, CIPHERS, Limits.DEFAULT);
    }

    List<BuiltinCiphers> builtinCiphers() {
        return ciphers.stream().map(BuiltinCiphers::fromFactoryName).toList();
    }

    /**
     * What clients may take.
     *
     * @param connections how many logged-in connections there may be
     * @param unauthenticated how many connections may be on their way to log in
     * @param channels how many commands may run in one connection at once
     * @param loginGrace how long a client has to log in
     * @param idle how long a connection may be open without running anything
     */
    public record Limits(int connections, int unauthenticated, int channels, Duration loginGrace, Duration idle) {
        /** Room for hundreds of clients at once; half a minute to log in, an hour to do nothing. */
        public static final Limits DEFAULT = new Limits(1000, 300, 32, Duration.ofSeconds(30), Duration.ofHours(1));

        /** @throws IllegalArgumentException unless all are positive */
        public Limits {
            if (connections < 1
                    || unauthenticated < 1
                    || channels < 1
                    || !loginGrace.isPositive()
                    || !idle.isPositive()) {
                throw new IllegalArgumentException("limits must be at least 1");
            }
        }
    }
}
