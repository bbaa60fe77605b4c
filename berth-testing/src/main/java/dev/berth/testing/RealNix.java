package dev.berth.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The real Nix on a chroot store of its own: its store dir is {@code /nix/store}, its files lie below a directory of the
 * test. No daemon, no network, no configuration of the machine.
 *
 * <p>Derivations without nixpkgs: {@code /bin/sh} is a static busybox inside the build sandbox, which is made by mount
 * namespaces and needs root.
 */
public final class RealNix {
    private final Path root;
    private final Map<String, String> environment;

    /**
     * @param directory an existing directory that the test removes; the store's files go to {@code directory/root}, so
     *     that its URI is {@link #uri()}
     */
    public RealNix(Path directory) {
        Requires.program("nix-store");
        this.root = directory.resolve("root");
        Path home = directory.resolve("home");
        Path conf = directory.resolve("conf");
        try {
            Files.createDirectories(root);
            Files.createDirectories(home);
            Files.createDirectories(conf);
            Files.writeString(conf.resolve("nix.conf"), """
                    build-users-group =
                    sandbox = true
                    sandbox-paths = /bin/sh=/bin/busybox
                    sandbox-fallback = false
                    experimental-features = nix-command flakes ca-derivations
                    substituters =
                    max-jobs = 2
                    fsync-metadata = false
                    """);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Map<String, String> variables = new HashMap<>();
        variables.put("HOME", home.toString());
        variables.put("XDG_CACHE_HOME", home.resolve("cache").toString());
        variables.put("NIX_CONF_DIR", conf.toString());
        variables.put("NIX_USER_CONF_FILES", "");
        variables.put("NIX_REMOTE", uri());
        variables.put("NIX_PATH", "");
        this.environment = Map.copyOf(variables);
    }

    /** The directory of the chroot store: real files are in {@code nix/store} below it. */
    public Path root() {
        return root;
    }

    /** The store's URI, {@code local?root=DIR}. */
    public String uri() {
        return "local?root=" + root;
    }

    /** Where the files of a store path of {@code /nix/store} lie. */
    public Path real(String storePath) {
        return root.resolve(storePath.substring(1));
    }

    /** A Nix command on this store, such as {@code command("nix-store", "-qR", path)}. */
    public Command command(String... arguments) {
        return new Command(List.of(arguments), environment);
    }

    /** Runs a Nix command that must succeed, and gives what it printed without the last line break. */
    public String output(String... arguments) {
        return command(arguments).succeed().stdout().strip();
    }

    /** Adds a file or directory as {@code nix-store --add} does, and gives its store path. */
    public String add(Path file) {
        return output("nix-store", "--add", file.toString());
    }

    /** Builds an expression and gives the store paths of its outputs. */
    public List<String> build(String expression) {
        Requires.root();
        Requires.that(Files.isExecutable(Path.of("/bin/busybox")), "needs busybox-static");
        List<String> paths = new ArrayList<>();
        output("nix-build", "--no-out-link", "-E", expression).lines().forEach(paths::add);
        return paths;
    }

    /** Fails the test unless {@code nix-store --verify --check-contents} of a store says nothing. */
    public void verifies(String storeUri) {
        Command.Result result = command("nix-store", "--verify", "--check-contents", "--store", storeUri)
                .succeed();
        String said = (result.stdout() + result.stderr())
                .lines()
                .filter(line -> !line.matches("(reading|checking) .*\\.\\.\\."))
                .reduce("", (all, line) -> all + line + "\n");
        if (!said.isEmpty()) {
            throw new AssertionError("nix-store --verify of " + storeUri + " said:\n" + said);
        }
    }
}
