package dev.berth.node.nri;

import java.nio.file.Path;
import java.time.Duration;

/**
 * How to register with a runtime.
 *
 * @param socket the runtime's NRI socket
 * @param name the plugin's name, not empty, as it is in the runtime's logs
 * @param index two digits; the runtime calls plugins in this order
 * @param maxBackoff the longest pause between two attempts to connect, positive
 */
public record NriConfig(Path socket, String name, String index, Duration maxBackoff) {
    /** Where runtimes put their socket. */
    public static final Path DEFAULT_SOCKET = Path.of("/var/run/nri/nri.sock");

    /** @throws IllegalArgumentException if a value is out of range; one line for the user */
    public NriConfig {
        if (!socket.isAbsolute()) {
            throw new IllegalArgumentException("the NRI socket " + socket + " is not an absolute path");
        }
        // The characters that runtimes of NRI 0.12 allow.
        if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]*")) {
            throw new IllegalArgumentException("'" + name + "' is no name of an NRI plugin");
        }
        if (!index.matches("[0-9]{2}")) {
            throw new IllegalArgumentException(
                    "'" + index + "' is no index of an NRI plugin: two digits are, such as 69");
        }
        if (!maxBackoff.isPositive()) {
            throw new IllegalArgumentException("the longest pause between connects is not positive");
        }
    }

    /** As {@code berth}, with the index 69: after plugins that change arguments and environment, before validators. */
    public static NriConfig of(Path socket) {
        return new NriConfig(socket, "berth", "69", Duration.ofSeconds(10));
    }

    /** With another name and index. */
    public NriConfig withName(String other, String otherIndex) {
        return new NriConfig(socket, other, otherIndex, maxBackoff);
    }

    /** With another longest pause between two attempts to connect. */
    public NriConfig withMaxBackoff(Duration longest) {
        return new NriConfig(socket, name, index, longest);
    }
}
