package dev.berth.gateway.unix;

import java.nio.file.Path;

/**
 * A unix socket to serve on.
 *
 * @param path of the socket, absolute
 * @param permissions of the socket's file; who may connect is decided by the rules
 * @param rules who may connect
 * @param maxConnections how many connections may be open at once, 1 to 100,000
 */
public record UnixConfig(Path path, int permissions, UserRules rules, int maxConnections) {
    /** As Nix makes it: everybody may write to the file. */
    public static final int PERMISSIONS = 0666;

    /** Enough for a thousand clients at once, twice. */
    public static final int MAX_CONNECTIONS = 2000;

    /** @throws IllegalArgumentException for a relative path or a number out of range */
    public UnixConfig {
        if (!path.isAbsolute()) {
            throw new IllegalArgumentException("the path of a socket must be absolute: " + path);
        }
        if (maxConnections < 1 || maxConnections > 100_000) {
            throw new IllegalArgumentException("max-connections is not between 1 and 100000: " + maxConnections);
        }
    }

    /** With Nix's permissions and the default limit. */
    public static UnixConfig of(Path path, UserRules rules) {
        return new UnixConfig(path, PERMISSIONS, rules, MAX_CONNECTIONS);
    }
}
