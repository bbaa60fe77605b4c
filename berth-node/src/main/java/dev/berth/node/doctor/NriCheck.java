package dev.berth.node.doctor;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether the container runtime takes plugins. */
final class NriCheck {
    static final String NAME = "NRI";

    private NriCheck() {}

    static Finding run(Path socket) {
        String change = "let the runtime serve NRI there: containerd 1.7 by 'disable = false' in the section"
                + " [plugins.\"io.containerd.nri.v1.nri\"] of its config.toml (2.0 and CRI-O 1.30 do by default), or name the"
                + " socket by --nri-socket";
        if (!Files.exists(socket)) {
            return Finding.no(NAME, socket + " is not there", change);
        }
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            return Finding.ok(NAME, channel.getRemoteAddress() + " takes connections");
        } catch (IOException | IllegalArgumentException e) {
            return Finding.no(NAME, "nobody answers on " + socket + ": " + e.getMessage(), change);
        }
    }
}
