package dev.berth.gateway.unix;

import dev.berth.linux.LinuxException;
import dev.berth.linux.Processes;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channel;
import java.nio.channels.ServerSocketChannel;
import java.util.Map;

/**
 * A listening socket that systemd made and passes on: socket activation (sd_listen_fds(3)), as Nix's own nix-daemon.socket
 * does it. The JVM takes a socket from standard input only, so it is moved there.
 */
final class PassedSocket {
    private static final int FIRST = 3;

    private PassedSocket() {}

    /**
     * Whether the environment says that sockets were passed to this process.
     *
     * @throws IllegalArgumentException if they are not exactly one, or another process's
     */
    static boolean isIn(Map<String, String> environment, long pid) {
        String count = environment.getOrDefault("LISTEN_FDS", "");
        if (count.isEmpty()) {
            return false;
        }
        String owner = environment.getOrDefault("LISTEN_PID", "");
        if (!owner.equals(Long.toString(pid)) || !count.equals("1")) {
            throw new IllegalArgumentException("LISTEN_FDS is '" + count + "' and LISTEN_PID '" + owner
                    + "' in the environment: expected 1 socket for process " + pid + ", or neither variable");
        }
        return true;
    }

    /**
     * Takes it, once in the life of a process.
     *
     * @throws IOException if there is no listening unix socket
     */
    static ServerSocketChannel take() throws IOException {
        try {
            Processes.moveDescriptor(FIRST, 0);
        } catch (LinuxException e) {
            throw new IOException("LISTEN_FDS promises a socket as descriptor 3: " + e.getMessage(), e);
        }
        Channel channel = System.inheritedChannel();
        if (channel instanceof ServerSocketChannel server
                && server.getLocalAddress() instanceof UnixDomainSocketAddress) {
            return server;
        }
        if (channel != null) {
            channel.close();
        }
        throw new IOException("LISTEN_FDS promises a listening unix socket as descriptor 3, but it is none: use"
                + " ListenStream=/PATH in the socket unit, and Accept=no");
    }
}
