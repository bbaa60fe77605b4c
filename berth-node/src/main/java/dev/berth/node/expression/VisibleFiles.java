package dev.berth.node.expression;

import dev.berth.nix.FormatException;
import dev.berth.nix.StoreReference;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What of the node's files an evaluation sees. Even what is pure may read files: the inputs of a flake may be any path, and Nix, which is root, copies
 * them into the store. So Nix sees what it needs, what the operator names, and neither the agent's credentials nor other pods' volumes.
 */
final class VisibleFiles {
    /** Programs and what they load. */
    private static final List<String> PROGRAMS =
            List.of("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/nix", "/run/current-system");

    /** No keys, no passwords: not {@code nix/netrc}, not {@code shadow}, not those of the machine's sshd. */
    private static final List<String> ETC = List.of(
            "alternatives",
            "ca-certificates",
            "gai.conf",
            "group",
            "host.conf",
            "hosts",
            "ld.so.cache",
            "ld.so.conf",
            "ld.so.conf.d",
            "localtime",
            "nsswitch.conf",
            "passwd",
            "pki",
            "protocols",
            "resolv.conf",
            "services",
            "ssh/ssh_config",
            "ssh/ssh_config.d",
            "ssh/ssh_known_hosts",
            "ssl/certs",
            "ssl/openssl.cnf",
            "static");

    private static final List<String> DEVICES =
            List.of("full", "kvm", "null", "pts", "random", "tty", "urandom", "zero");

    private VisibleFiles() {}

    /**
     * The paths; some may not exist.
     *
     * @param nix the program, without links
     * @param environment that Nix gets
     * @param own of this evaluation alone
     */
    static List<Path> of(
            ExpressionConfig config,
            Evaluator.Place place,
            Path nix,
            Map<String, String> environment,
            Collection<Path> own) {
        List<Path> visible = new ArrayList<>();
        PROGRAMS.forEach(path -> visible.add(Path.of(path)));
        ETC.forEach(name -> visible.add(Path.of("/etc", name)));
        DEVICES.forEach(name -> visible.add(Path.of("/dev", name)));
        visible.add(nix);
        Path conf = Path.of(environment.getOrDefault("NIX_CONF_DIR", "/etc/nix"));
        visible.add(conf.resolve("nix.conf"));
        visible.add(conf.resolve("registry.json"));
        for (String variable : List.of("NIX_SSL_CERT_FILE", "SSL_CERT_FILE", "LOCALE_ARCHIVE", "TZDIR")) {
            Optional.ofNullable(environment.get(variable)).map(Path::of).ifPresent(visible::add);
        }
        config.builder().ifPresent(uri -> visible.addAll(ofBuilder(uri)));
        for (String part : List.of("nix/store", "nix/var/nix", "nix/var/log/nix")) {
            visible.add(place.root().resolve(part));
        }
        visible.addAll(own);
        visible.addAll(config.visible());
        return visible.stream()
                .filter(Path::isAbsolute)
                .map(Path::normalize)
                .distinct()
                .toList();
    }

    private static List<Path> ofBuilder(String uri) {
        StoreReference builder;
        try {
            builder = StoreReference.parse(uri);
        } catch (FormatException e) {
            return List.of(); // Nix says what it can't take
        }
        List<Path> paths = new ArrayList<>();
        switch (builder.scheme()) {
            case "ssh", "ssh-ng" -> paths.add(Path.of(System.getProperty("user.home", "/root"), ".ssh"));
            case "local", "unix" -> {
                if (!builder.path().isEmpty()) {
                    paths.add(Path.of(builder.path()));
                }
            }
            default -> {
                // It has nothing on this node but what its parameters say.
            }
        }
        for (String name : List.of("root", "ssh-key")) {
            builder.param(name).map(Path::of).ifPresent(paths::add);
        }
        return paths;
    }
}
