package dev.berth.gateway;

import dev.berth.testing.Project;
import dev.berth.testing.Requires;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The daemon of Nix 2.26, whose words are ours. */
final class NixDaemonTest extends NixContract {
    @Override
    List<String> environment(Path socket) {
        Path project = Project.root();
        Requires.that(
                Files.exists(project.resolve(".cache/debian13/.made")),
                "needs Nix 2.26: run 'testbed/debian13 nix --version' once");
        return List.of(project.resolve("testbed/debian13").toString(), "env", "NIX_DAEMON_SOCKET_PATH=" + socket);
    }
}
