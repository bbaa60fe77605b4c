package dev.berth.store.daemon;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * How a program is run on a host by the {@code ssh} of this machine (libstore/ssh.cc): the user's configuration, agent and
 * {@code NIX_SSHOPTS} count.
 *
 * @param host where
 * @param program the program and its arguments
 * @param key the file of the private key, if not ssh's choice
 * @param hostKey the host's public key, such as {@code ssh-ed25519 AAAA…}, if it is not to be looked up
 * @param compress whether ssh compresses
 * @param acceptNew whether the key of a host that ssh does not know is taken, unless the key is given or the options say
 *     how; a key that changed is refused as ever
 * @param options of the environment's {@code NIX_SSHOPTS}
 */
record SshCommand(
        SshHost host,
        List<String> program,
        Optional<Path> key,
        Optional<String> hostKey,
        boolean compress,
        boolean acceptNew,
        List<String> options) {
    /** Copies the lists. */
    SshCommand {
        program = List.copyOf(program);
        options = List.copyOf(options);
    }

    /**
     * Starts it.
     *
     * @throws IOException if ssh can't be started
     */
    ProcessTransport start(String peer) throws IOException {
        if (host.isHere()) {
            return ProcessTransport.start(peer, new ProcessBuilder(program), Optional.empty());
        }
        if (hostKey.isEmpty()) {
            return start(peer, Optional.empty());
        }
        Path known = Files.createTempFile(
                "berth-known-hosts",
                "",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        boolean started = false;
        try {
            // For any host: the file is this connection's alone, and ssh may know the host by another name or port.
            Files.writeString(known, "* " + hostKey.get().strip() + "\n", StandardCharsets.UTF_8);
            ProcessTransport transport = start(peer, Optional.of(known));
            started = true;
            return transport;
        } finally {
            if (!started) {
                Files.deleteIfExists(known);
            }
        }
    }

    private ProcessTransport start(String peer, Optional<Path> knownHosts) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(arguments(knownHosts));
        // For ssh's own LocalCommand and ProxyCommand, which it runs by this shell.
        builder.environment().put("SHELL", "/bin/sh");
        return ProcessTransport.start(peer, builder, knownHosts);
    }

    /** The command line of ssh. */
    List<String> arguments(Optional<Path> knownHosts) {
        List<String> arguments = new ArrayList<>(List.of("ssh", host.destination(), "-x"));
        arguments.addAll(options);
        if (acceptNew && hostKey.isEmpty() && !String.join(" ", options).contains("StrictHostKeyChecking")) {
            arguments.add("-oStrictHostKeyChecking=accept-new");
        }
        key.ifPresent(file -> arguments.addAll(List.of("-i", file.toString())));
        knownHosts.ifPresent(file -> arguments.add("-oUserKnownHostsFile=" + file));
        if (compress) {
            arguments.add("-C");
        }
        host.port().ifPresent(port -> arguments.add("-p" + port));
        arguments.add("--");
        // ssh puts blanks between its arguments, and the shell there reads that.
        arguments.add(program.stream().map(ShellWords::quote).collect(Collectors.joining(" ")));
        return List.copyOf(arguments);
    }
}
