package dev.berth.gateway;

import dev.berth.wire.Transport;
import java.io.OutputStream;

/**
 * What becomes of a connection once a front knows whose it is. Each method serves it until it ends, in the calling
 * thread, and closes the transport; none throws for what a client does.
 */
public interface Sessions {
    /** Speaks the worker protocol, as {@code nix-daemon --stdio} does. */
    void worker(Role role, Transport transport);

    /**
     * Speaks the serve protocol, as {@code nix-store --serve} does.
     *
     * @param write whether the client asked to write, too
     * @param errors standard error of the command, which stays open
     * @return the exit code of the command
     */
    int serve(Role role, boolean write, Transport transport, OutputStream errors);

    /** Tells a client of the worker protocol why it is not served. */
    void refuse(Transport transport, String reason);
}
