package dev.berth.gateway.ssh;

import dev.berth.testing.Command;
import dev.berth.testing.Requires;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The real OpenSSH client, with keys and known hosts in a directory of the test. */
public final class OpenSsh {
    private final Path directory;

    /** @param directory an existing one that the test removes */
    public OpenSsh(Path directory) {
        Requires.program("ssh");
        Requires.program("ssh-keygen");
        this.directory = directory;
    }

    /** Makes a key pair and gives the file of the private one. */
    public Path key(String name, String... options) {
        Path file = directory.resolve(name);
        List<String> arguments =
                new ArrayList<>(List.of("ssh-keygen", "-q", "-N", "", "-C", name, "-f", file.toString()));
        arguments.addAll(options.length == 0 ? List.of("-t", "ed25519") : List.of(options));
        Command.of(arguments.toArray(String[]::new)).succeed();
        return file;
    }

    /** The line of a key for the file of authorized keys. */
    public static String publicLine(Path key) {
        try {
            return Files.readString(Path.of(key + ".pub")).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The options by which a key logs in at a port, without questions. */
    public List<String> options(Path key, int port) {
        return List.of(
                "-F",
                "none",
                "-p",
                Integer.toString(port),
                "-i",
                key.toString(),
                "-o",
                "IdentitiesOnly=yes",
                "-o",
                "BatchMode=yes",
                "-o",
                "StrictHostKeyChecking=accept-new",
                "-o",
                "UserKnownHostsFile=" + directory.resolve("known_hosts"));
    }

    /** The program with its options, at this machine. */
    public List<String> command(Path key, int port, String... rest) {
        List<String> arguments = new ArrayList<>(List.of("ssh"));
        arguments.addAll(options(key, port));
        for (String word : rest) {
            if (word.startsWith("-")) {
                arguments.add(word);
            }
        }
        arguments.add("somebody@127.0.0.1");
        for (String word : rest) {
            if (!word.startsWith("-")) {
                arguments.add(word);
            }
        }
        return arguments;
    }

    /** Runs a command there. */
    public Command.Result run(Path key, int port, String... rest) {
        return Command.of(command(key, port, rest).toArray(String[]::new)).run();
    }
}
