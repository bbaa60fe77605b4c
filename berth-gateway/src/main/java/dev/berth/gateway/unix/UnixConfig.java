package dev.berth.gateway.unix;

import java.nio.file.Path;
import java.util.Map;

/**
 * A unix socket to serve on.
 *
 * @param path of the socket, absolute
 * @param permissions of the socket's file; who may connect is decided by the rules
 * @param rules who may connect
 * @param maxConnections how many connections may be open at once, 1 to 100,000
 * @param passed whether the socket is not to be made, because systemd passed it to this process; the path is its name in
 *     messages then
 */
public record UnixConfig(Path path, int permissions, UserRules rules, int maxConnections, boolean passed) {
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

    /** A socket to be made. */
    public UnixConfig(Path path, int permissions, UserRules rules, int maxConnections) {
        this(path, permissions, rules, maxConnections, false);
    }

    /** With Nix's permissions and the default limit. */
    public static UnixConfig of(Path path, UserRules rules) {
        return new UnixConfig(path, PERMISSIONS, rules, MAX_CONNECTIONS);
    }

    /**
     * On the socket that was passed to this process if the environment says that there is one, see sd_listen_fds(3).
     *
     * @throws IllegalArgumentException if the environment says that other sockets were passed, or to another process
     */
    public UnixConfig orPassed(Map<String, String> environment) {
        boolean isPassed =
                PassedSocket.isIn(environment, ProcessHandle.current().pid());
        return new UnixConfig(path, permissions, rules, maxConnections, isPassed);
    }
}
