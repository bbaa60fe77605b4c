package dev.berth.cli;

import dev.berth.gateway.Gateway;
import dev.berth.gateway.ServedStore;
import dev.berth.gateway.ServiceSettings;
import dev.berth.gateway.ssh.SshConfig;
import dev.berth.gateway.unix.UnixConfig;
import dev.berth.gateway.unix.UserRules;
import dev.berth.wire.SessionLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** The gateway's part of the training: both fronts start and stop, and a closure goes through a daemon's session both ways. */
final class TrainingGateway {
    private TrainingGateway() {}

    static void serve(Path directory, String source, String top) throws IOException {
        Main.run("nix-daemon", "--version");
        Main.run("gateway", "--help");
        Files.createDirectory(directory);
        Path keys = Files.createFile(directory.resolve("authorized_keys"));
        try (ServedStore store = ServedStore.open("local?root=" + directory, ServiceSettings.DEFAULT);
                Gateway gateway = Gateway.start(
                        store.service(),
                        Optional.of(UnixConfig.of(directory.resolve("socket"), UserRules.DEFAULT)),
                        Optional.of(SshConfig.of("127.0.0.1", 0, directory.resolve("host_key"), keys)),
                        SessionLimits.DEFAULT,
                        Duration.ofSeconds(1))) {
            System.out.println("serving on " + gateway.served());
            String daemon = "unix://" + directory.resolve("socket");
            Training.copy(source, daemon, top);
            Training.copy(daemon, "local?root=" + directory.resolve("copy"), top);
        }
    }
}
