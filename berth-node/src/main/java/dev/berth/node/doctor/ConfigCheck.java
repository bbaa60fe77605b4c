package dev.berth.node.doctor;

import dev.berth.nix.FormatException;
import dev.berth.nix.PublicKey;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.node.NodeConfig;
import dev.berth.node.expression.ExpressionConfig;
import dev.berth.node.policy.Admission;
import dev.berth.store.Store;
import dev.berth.store.StoreException;
import dev.berth.store.StoreSettings;
import dev.berth.store.Stores;
import dev.berth.store.config.ConfigException;
import dev.berth.store.nix.Confinement;
import dev.berth.store.nix.NixException;
import dev.berth.store.nix.NixProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Whether what the agent is told can be used: the stores that it fetches from, the keys that it trusts, the policy. */
final class ConfigCheck {
    static final String NAME = "configuration";
    static final String KEYS = "trusted keys";
    static final String POLICY = "policy";
    static final String CACHE = "cache ";
    static final String EXPRESSIONS = "expressions";

    private static final int MAX_VERSION = 1000;

    /** A path that no store has. */
    private static final StorePath NOTHING = new StorePath("00000000000000000000000000000000-berth-doctor");

    private static final Duration PATIENCE = Duration.ofSeconds(10);
    /** In a URI. What is found is shown to more people than the file. */
    private static final Pattern PASSWORD = Pattern.compile("(://[^/?#@:]*):[^/?#]*@");

    private ConfigCheck() {}

    static List<Finding> run(NodeConfig config) {
        List<Finding> findings = new ArrayList<>();
        config.substituters().forEach(uri -> findings.add(cache(uri, config.substituting())));
        findings.add(keys(config.trustedPublicKeys()));
        config.expressions().ifPresent(how -> findings.add(expressions(how)));
        config.policy().ifPresent(policy -> {
            try (Admission _ = Admission.open(config.policy(), StoreDir.DEFAULT)) {
                findings.add(Finding.ok(POLICY, policy.file() + " can be taken"));
            } catch (ConfigException e) {
                findings.add(Finding.no(
                        POLICY, String.valueOf(e.getMessage()), "correct it: the agent does not start with this"));
            }
        });
        return findings;
    }

    private static Finding cache(String uri, StoreSettings settings) {
        String name = CACHE + PASSWORD.matcher(uri).replaceFirst("$1@");
        try (Store store = Stores.openSubstituter(uri, settings.withTimeouts(PATIENCE, PATIENCE, 0))
                .store()) {
            store.pathInfo(NOTHING);
            return Finding.ok(name, "it answers");
        } catch (StoreException | FormatException e) {
            return Finding.limited(
                    name,
                    String.valueOf(e.getMessage()),
                    "see that its address is right and can be reached from this node, or take it out of the substituters");
        }
    }

    private static Finding expressions(ExpressionConfig config) {
        try {
            String said = new NixProcess(
                            List.of(config.nix(), "--version"),
                            Confinement.namespaced(config.memory()),
                            Optional.empty(),
                            "",
                            PATIENCE,
                            MAX_VERSION,
                            line -> {})
                    .run();
            return Finding.ok(EXPRESSIONS, config.nix() + " is " + said.strip());
        } catch (NixException e) {
            return Finding.limited(
                    EXPRESSIONS,
                    String.valueOf(e.getMessage()),
                    "name a nix program of 2.8 or newer in expressions.nix, and run the agent as root with util-linux in PATH;"
                            + " until then flakeRef and nixExpr volumes fail");
        }
    }

    private static Finding keys(List<PublicKey> keys) {
        return keys.isEmpty()
                ? Finding.limited(
                        KEYS,
                        "none is configured: only content-addressed paths can be fetched",
                        "name the caches' keys in trusted-public-keys")
                : Finding.ok(KEYS, keys.stream().map(PublicKey::name).collect(Collectors.joining(", ")));
    }
}
