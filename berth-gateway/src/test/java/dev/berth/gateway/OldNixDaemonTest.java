package dev.berth.gateway;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The daemon of Nix 2.8, which says some things in other words. */
final class OldNixDaemonTest extends NixContract {
    private static final Map<String, String> WORDS = Map.of(
            "because it lacks a signature by a trusted key",
            "because it lacks a valid signature",
            "lacks a signature by a trusted key",
            "lacks a valid signature");

    @Override
    List<String> environment(Path socket) {
        return List.of("env", "NIX_DAEMON_SOCKET_PATH=" + socket);
    }

    @Override
    String words(String newest) {
        String words = newest;
        for (var entry : WORDS.entrySet()) {
            words = words.replace(entry.getKey(), entry.getValue());
        }
        return words;
    }

    /** It says so to nobody but itself. */
    @Override
    @Test
    void letsUntrustedClientsSetLittle() {}

    /** Protocol 1.34 cannot ask for it. */
    @Override
    @Test
    void makesRootsForTheTrusted() {}

    /** It breaks off if a path is valid already, which its own clients ask first. */
    @Override
    void addsAgain(dev.berth.wire.StoreOperations session, dev.berth.wire.PathStream paths) {}
}
