package dev.berth.deploy.render;

import dev.berth.store.Store;
import dev.berth.store.local.LocalStore;
import dev.berth.store.local.LocalStoreConfig;
import dev.berth.store.nix.ChrootStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The store that Nix builds into.
 *
 * @param root the directory below which its {@code nix/store} lies on this machine: {@code /}, or the root of a chroot
 *     store
 * @param options what Nix commands are given so that they use it
 */
public record NixStore(Path root, List<String> options) {
    /** Copies the list. */
    public NixStore {
        options = List.copyOf(options);
    }

    /**
     * Chooses, in this order: what {@code NIX_REMOTE} says; the machine's own store, if a daemon serves it; a private
     * chroot store, so that a machine that has no {@code /nix} does not get one, and the store of a user is left alone.
     *
     * @param privateRoot where the private chroot store is
     * @throws RenderException if {@code NIX_REMOTE} names a store whose files are not on this machine
     */
    public static NixStore choose(Path privateRoot, Map<String, String> environment) {
        String remote = environment.getOrDefault("NIX_REMOTE", "");
        if (!remote.isEmpty()) {
            return new NixStore(rootOf(remote), buildOptions(rootOf(remote)));
        }
        if (Files.exists(Path.of("/nix/var/nix/daemon-socket/socket"))) {
            return new NixStore(Path.of("/"), List.of("--store", "daemon"));
        }
        return privateTo(privateRoot);
    }

    /**
     * Opens it for reading what Nix built, without Nix.
     *
     * @return to be closed by the caller
     */
    public Store open() {
        LocalStoreConfig config = root.equals(Path.of("/")) ? LocalStoreConfig.system() : LocalStoreConfig.root(root);
        return LocalStore.open(config.forReading());
    }

    /** The private chroot store below a root. */
    static NixStore privateTo(Path root) {
        return new NixStore(root, ChrootStore.options(root));
    }

    private static List<String> buildOptions(Path root) {
        return root.equals(Path.of("/")) ? List.of() : ChrootStore.buildOptions();
    }

    private static Path rootOf(String remote) {
        String uri = remote.startsWith("local://") ? "local" + remote.substring("local://".length()) : remote;
        if (remote.equals("daemon") || remote.equals("auto") || remote.startsWith("unix://") || uri.equals("local")) {
            return Path.of("/");
        }
        if (remote.startsWith("/")) {
            return Path.of(remote);
        }
        if (uri.startsWith("local?")) {
            return parameter(uri, "root").map(Path::of).orElse(Path.of("/"));
        }
        throw new RenderException("NIX_REMOTE=" + remote
                + " is not a store on this machine: unset it, or set it to 'daemon' or 'local?root=DIR'");
    }

    private static Optional<String> parameter(String uri, String name) {
        for (String pair : uri.substring(uri.indexOf('?') + 1).split("&", -1)) {
            if (pair.startsWith(name + "=")) {
                String value = pair.substring(name.length() + 1).replace("+", "%2B");
                return Optional.of(java.net.URLDecoder.decode(value, java.nio.charset.StandardCharsets.UTF_8));
            }
        }
        return Optional.empty();
    }
}
