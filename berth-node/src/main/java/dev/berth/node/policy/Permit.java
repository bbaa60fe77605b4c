package dev.berth.node.policy;

import dev.berth.nix.PathInfo;
import dev.berth.nix.PublicKey;
import dev.berth.nix.Signature;
import dev.berth.nix.StoreDir;
import dev.berth.node.csi.CsiException;
import dev.berth.store.usage.Sizes;
import io.grpc.Status;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * What the pods of one namespace may have mounted. Every refusal is a {@link CsiException} of one line that names the
 * namespace, the rule and what is against it: PERMISSION_DENIED for what is never allowed, RESOURCE_EXHAUSTED for what is
 * too much.
 */
public final class Permit {
    private static final int MAX_KEYS_TOLD = 5;

    private final StoreDir storeDir;
    private final Map<Admission.Signed, Long> signed;
    private final String namespace;
    private final Optional<Rule> rule;

    Permit(StoreDir storeDir, Map<Admission.Signed, Long> signed, String namespace, Optional<Rule> rule) {
        this.storeDir = storeDir;
        this.signed = signed;
        this.namespace = namespace;
        this.rule = rule;
    }

    /** Whether there is anything to be found out about a closure before it is fetched. */
    public boolean judgesClosures() {
        return rule.filter(it -> it.keys().isPresent()
                        || it.limits().closureBytes().isPresent()
                        || it.limits().totalBytes().isPresent())
                .isPresent();
    }

    /** Refuses a volume that the pod writes to, if its namespace may not. */
    public void checkMode(boolean readOnly) {
        if (!readOnly && rule.filter(it -> !it.readWrite()).isPresent()) {
            throw denied("does not allow volumes that are written to: set readOnly: true");
        }
    }

    /**
     * Refuses what Nix would have to evaluate, if the namespace may not have that.
     *
     * @param attribute what asks for it, such as {@code flakeRef}
     */
    public void checkExpression(String attribute) {
        if (rule.filter(it -> !it.expressions()).isPresent()) {
            throw denied("does not allow " + attribute + " to be evaluated: name a built store path");
        }
    }

    /**
     * Refuses a closure that is too large, or of which a path is neither content-addressed nor signed by one of the rule's
     * keys. What this node built itself by an expression that the namespace may have evaluated is not signed by anybody, and
     * taken.
     *
     * @param paths the closure or a part of it
     * @return its bytes
     */
    public long checkClosure(Collection<PathInfo> paths) {
        // Sizes are what strangers say.
        long bytes = paths.stream().mapToLong(PathInfo::narSize).reduce(0, Permit::plus);
        checkSize(bytes);
        rule.flatMap(Rule::keys).ifPresent(keys -> paths.forEach(path -> checkSignature(path, keys)));
        return bytes;
    }

    /**
     * The same, which is not done again for a closure that was found good for these keys before.
     *
     * @param name names its paths and their content
     * @param paths asked only if it must be looked at
     */
    public long checkClosure(String name, Supplier<Collection<PathInfo>> paths) {
        Admission.Signed key = new Admission.Signed(rule.flatMap(Rule::keys), mayBeBuilt(), name);
        Long known = signed.get(key);
        if (known != null) {
            checkSize(known);
            return known;
        }
        long bytes = checkClosure(paths.get());
        signed.put(key, bytes);
        return bytes;
    }

    /**
     * Refuses one more volume or container where the namespace would have too many, or too much in them.
     *
     * @param others what the namespace has without it
     */
    public void checkQuota(Collection<Holding> others, Holding wanted) {
        Limits limits = rule.map(Rule::limits).orElse(Limits.NONE);
        checkNumber(others.size());
        if (limits.totalBytes().isPresent()) {
            Map<String, Long> closures = new HashMap<>();
            others.forEach(other -> closures.put(other.closure(), other.bytes()));
            closures.put(wanted.closure(), wanted.bytes());
            long total = closures.values().stream().reduce(0L, Permit::plus);
            if (total > limits.totalBytes().getAsLong()) {
                throw exhausted(
                        "allows closures of " + Sizes.show(limits.totalBytes().getAsLong())
                                + " on a node, and with this one of " + Sizes.show(wanted.bytes()) + " they would have "
                                + Sizes.show(total));
            }
        }
    }

    /** Refuses one more where there are so many. */
    public void checkNumber(int others) {
        rule.map(Rule::limits).map(Limits::volumes).ifPresent(limit -> {
            if (limit.isPresent() && others >= limit.getAsInt()) {
                throw exhausted("allows " + limit.getAsInt()
                        + " volumes, and containers with store paths without one, on a node, and has " + others);
            }
        });
    }

    private static long plus(long one, long other) {
        return one > Long.MAX_VALUE - other ? Long.MAX_VALUE : one + other;
    }

    private void checkSize(long bytes) {
        rule.map(Rule::limits).map(Limits::closureBytes).ifPresent(limit -> {
            if (limit.isPresent() && bytes > limit.getAsLong()) {
                throw exhausted("allows closures of " + Sizes.show(limit.getAsLong()) + ", and this one has "
                        + Sizes.show(bytes));
            }
        });
    }

    private void checkSignature(PathInfo path, Set<PublicKey> keys) {
        if (!(path.ultimate() && mayBeBuilt()) && !path.isTrustedBy(storeDir, keys)) {
            throw denied("wants " + storeDir.print(path.path()) + " signed by "
                    + (keys.isEmpty() ? "nobody: it must be content-addressed" : names(keys)) + ", and it "
                    + (path.signatures().isEmpty()
                            ? "is not signed"
                            : "has no such signature that is valid, only by " + signers(path)));
        }
    }

    private boolean mayBeBuilt() {
        return rule.filter(Rule::expressions).isPresent();
    }

    private static String names(Set<PublicKey> keys) {
        return keys.stream().map(PublicKey::name).distinct().sorted().collect(Collectors.joining(" or "));
    }

    private static String signers(PathInfo path) {
        return path.signatures().stream()
                .map(Signature::keyName)
                .distinct()
                .limit(MAX_KEYS_TOLD)
                .collect(Collectors.joining(", "));
    }

    private CsiException denied(String what) {
        return refusal(Status.Code.PERMISSION_DENIED, what);
    }

    private CsiException exhausted(String what) {
        return refusal(Status.Code.RESOURCE_EXHAUSTED, what);
    }

    private CsiException refusal(Status.Code code, String what) {
        return new CsiException(
                code, "the policy's " + rule.map(Rule::name).orElse("") + " for namespace '" + namespace + "' " + what);
    }
}
