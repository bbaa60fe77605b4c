package dev.berth.node.doctor;

import dev.berth.nix.FormatException;
import dev.berth.nix.PublicKey;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.node.NodeConfig;
import dev.berth.node.policy.Admission;
import dev.berth.store.Store;
import dev.berth.store.StoreException;
import dev.berth.store.StoreSettings;
import dev.berth.store.Stores;
import dev.berth.store.config.ConfigException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Whether what the agent is told can be used: the stores that it fetches from, the keys that it trusts, the policy. */
final class ConfigCheck {
    static final String NAME = "configuration";
    static final String KEYS = "trusted keys";
    static final String POLICY = "policy";
    static final String CACHE = "cache ";

    /** A path that no store has. */
    private static final StorePath NOTHING = new StorePath("00000000000000000000000000000000-berth-doctor");

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private ConfigCheck() {}

    static List<Finding> run(NodeConfig config) {
        List<Finding> findings = new ArrayList<>();
        config.substituters().forEach(uri -> findings.add(cache(uri, config.substituting())));
        findings.add(keys(config.trustedPublicKeys()));
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
        try (Store store = Stores.openSubstituter(uri, settings.withTimeouts(PATIENCE, PATIENCE, 0))
                .store()) {
            store.pathInfo(NOTHING);
            return Finding.ok(CACHE + uri, "it answers");
        } catch (StoreException | FormatException e) {
            return Finding.limited(
                    CACHE + uri,
                    String.valueOf(e.getMessage()),
                    "see that its address is right and can be reached from this node, or take it out of the substituters");
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
