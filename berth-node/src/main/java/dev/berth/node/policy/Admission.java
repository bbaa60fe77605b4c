package dev.berth.node.policy;

import dev.berth.nix.PublicKey;
import dev.berth.nix.StoreDir;
import dev.berth.node.csi.CsiException;
import io.grpc.Status;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Decides what may be mounted. A pod's namespace is what kubelet or the container runtime says: whoever can call the agent's
 * sockets is trusted with it. Any thread.
 */
public final class Admission implements AutoCloseable {
    private static final int MAX_REMEMBERED = 4096;

    private final StoreDir storeDir;
    private final Optional<PolicyWatch> watch;

    /** Closures of which all paths were found to be signed by one of some keys: a closure's name says its content. */
    private final Map<Signed, Long> signed = Collections.synchronizedMap(new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Signed, Long> eldest) {
            return size() > MAX_REMEMBERED;
        }
    });

    /** @param mayBeBuilt whether paths that this node built were taken without a signature */
    record Signed(Optional<Set<PublicKey>> keys, boolean mayBeBuilt, String closure) {}

    private Admission(StoreDir storeDir, Optional<PolicyWatch> watch) {
        this.storeDir = storeDir;
        this.watch = watch;
    }

    /**
     * By a policy, or everything if there is none.
     *
     * @throws dev.berth.store.config.ConfigException if the policy can't be read or taken
     */
    public static Admission open(Optional<PolicyConfig> config, StoreDir storeDir) {
        return new Admission(storeDir, config.map(it -> new PolicyWatch(it.file(), it.interval())));
    }

    /**
     * What a namespace's pods may do, by the policy of this moment; to be asked once for each call, so that the call is
     * judged by one version of it.
     *
     * @param namespace of the pod; empty if it is not known, which only an agent without a policy accepts
     * @throws CsiException PERMISSION_DENIED if no rule is for it
     */
    public Permit permit(String namespace) {
        if (watch.isEmpty()) {
            return new Permit(storeDir, signed, namespace, Optional.empty());
        }
        if (namespace.isEmpty()) {
            throw new CsiException(
                    Status.Code.PERMISSION_DENIED,
                    "the policy needs the pod's namespace, and the call tells none: the CSIDriver object needs"
                            + " podInfoOnMount: true");
        }
        Optional<Rule> rule = watch.get().now().rule(namespace);
        if (rule.isEmpty()) {
            throw new CsiException(
                    Status.Code.PERMISSION_DENIED,
                    "the policy of this node has no rule for namespace '" + namespace
                            + "' and no default: nothing is mounted for its pods");
        }
        return new Permit(storeDir, signed, namespace, rule);
    }

    /** Whether the policy's file can't be taken as it is now, so that an older version is in force. */
    public boolean isOutdated() {
        return watch.map(it -> !it.isCurrent()).orElse(false);
    }

    /** Takes a change of the policy at once. */
    void look() {
        watch.ifPresent(PolicyWatch::look);
    }

    /** Ends looking at the policy. */
    @Override
    public void close() {
        watch.ifPresent(PolicyWatch::close);
    }
}
