package dev.berth.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A real Nix to measure against.
 *
 * @param name such as {@code Nix 2.26.3}
 * @param prefix what stands before its programs' names on a command line
 */
record NixPeer(String name, List<String> prefix) {
    NixPeer {
        prefix = List.copyOf(prefix);
    }

    /** The Nix of this machine. */
    static NixPeer ofMachine() throws InterruptedException {
        return named(List.of());
    }

    /** The newer Nix in the Debian 13 root that {@code testbed/debian13} makes. */
    static NixPeer ofDebian13(Path project) throws InterruptedException {
        return named(List.of(project.resolve("testbed/debian13").toString()));
    }

    private static NixPeer named(List<String> prefix) throws InterruptedException {
        String version = Program.of(prefix, "nix", "--version").output(); // nix (Nix) 2.26.3
        return new NixPeer("Nix " + version.substring(version.lastIndexOf(' ') + 1), prefix);
    }

    /** One of its programs. */
    Program program(String... arguments) {
        return Program.of(prefix, arguments);
    }

    /** The same with something between, such as {@code env NAME=VALUE}. */
    NixPeer with(List<String> between) {
        List<String> all = new ArrayList<>(prefix);
        all.addAll(between);
        return new NixPeer(name, all);
    }

    /** One of the commands of {@code nix}. */
    Program command(String... arguments) {
        List<String> nix = new ArrayList<>(prefix);
        nix.addAll(List.of("nix", "--extra-experimental-features", "nix-command"));
        return Program.of(nix, arguments);
    }

    /** {@code nix copy} of the closures of paths. */
    Program copy(String from, String to, List<String> paths) {
        List<String> arguments = new ArrayList<>(List.of(
                // Nix warns of a group that only builds need.
                "--option", "build-users-group", "", "copy", "--no-check-sigs", "--from", from, "--to", to));
        arguments.addAll(paths);
        return command(arguments.toArray(String[]::new));
    }

    /** {@code nix copy} of a closure. */
    Program copy(String from, String to, String path) {
        return copy(from, to, List.of(path));
    }

    /**
     * Checks a store as Nix does, contents included.
     *
     * @throws IOException if it finds fault
     */
    void verify(String uri) throws IOException, InterruptedException {
        String said = program(
                        "nix-store",
                        "--verify",
                        "--check-contents",
                        "--quiet",
                        "--quiet",
                        "--option",
                        "build-users-group",
                        "",
                        "--store",
                        uri)
                .complaints();
        if (!said.isEmpty()) {
            throw new IOException(name + " finds fault with " + uri + ": "
                    + said.lines().findFirst().orElse(""));
        }
    }
}
