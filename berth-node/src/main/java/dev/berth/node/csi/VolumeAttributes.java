package dev.berth.node.csi;

import static dev.berth.nix.FormatException.quote;

import dev.berth.nix.FormatException;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.node.expression.Expression;
import dev.berth.node.expression.Expression.FlakeRef;
import dev.berth.node.expression.Expression.NixExpr;
import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Decides what a volume shows by its context: the store path under the name of this node's system first, then what
 * {@code flakeRef} and {@code nixExpr} come to, in this order, and with any of them the store paths that the pod's
 * specification names.
 */
final class VolumeAttributes {
    private static final Pattern SYSTEM = Pattern.compile("[a-z0-9_]+-(linux|darwin)");
    private static final String FETCH_TIMEOUT = "fetchTimeout";
    private static final Set<String> ATTRIBUTES = Set.of(FlakeRef.ATTRIBUTE, NixExpr.ATTRIBUTE, FETCH_TIMEOUT);

    /** As Go writes durations, in whole seconds at least: {@code 1h30m}, {@code 600s}; seconds if no unit is there. */
    private static final Pattern DURATION = Pattern.compile("(?=.)(?:(\\d{1,2})h)?(?:(\\d{1,4})m)?(?:(\\d{1,5})s?)?");

    private static final Duration LONGEST = Duration.ofDays(1);
    /** An API object's annotations may have as much together; the kernel takes more as one argument. */
    private static final int MAX_EXPRESSION = 64 << 10;

    private final StoreDir storeDir;
    private final String system;
    private final PodSpec podSpec;

    VolumeAttributes(StoreDir storeDir, String system) {
        this.storeDir = storeDir;
        this.system = system;
        this.podSpec = new PodSpec(storeDir);
    }

    /** Whether there is an attribute that names packages of this node, so that nothing else must. */
    boolean namePackages(Map<String, String> context) {
        return Stream.of(system, FlakeRef.ATTRIBUTE, NixExpr.ATTRIBUTE, ContextKeys.POD_SPEC)
                .anyMatch(context::containsKey);
    }

    /**
     * What the volume is to show.
     *
     * @param ofPod those that the pod's specification names, as far as it is known
     */
    WantedPackages packages(Map<String, String> context, Collection<StorePath> ofPod) {
        if (!"true".equals(context.get(ContextKeys.EPHEMERAL))) {
            throw TargetPaths.invalid("only ephemeral inline volumes are supported: the volume context has no "
                    + ContextKeys.EPHEMERAL + "=true (the CSIDriver object needs podInfoOnMount: true)");
        }
        Set<String> otherSystems = otherSystems(context);
        Optional<StorePath> own = Optional.ofNullable(context.get(system)).map(this::storePath);
        List<Expression> expressions = new ArrayList<>();
        expression(context, FlakeRef.ATTRIBUTE).map(FlakeRef::new).ifPresent(expressions::add);
        expression(context, NixExpr.ATTRIBUTE).map(NixExpr::new).ifPresent(expressions::add);
        if (own.isEmpty() && expressions.isEmpty() && !otherSystems.isEmpty()) {
            throw TargetPaths.invalid("the volume has packages for " + String.join(", ", otherSystems)
                    + " but this node's system is " + system + "; add the attribute " + system
                    + " or bind the pod to nodes of another system");
        }
        String spec = context.get(ContextKeys.POD_SPEC);
        Set<StorePath> named = new LinkedHashSet<>(spec == null ? Set.of() : podSpec.storePaths(spec));
        named.addAll(ofPod);
        if (own.isEmpty() && expressions.isEmpty() && named.isEmpty()) {
            throw TargetPaths.invalid("no packages to mount: the volume has no attribute " + system + ", "
                    + FlakeRef.ATTRIBUTE + " or " + NixExpr.ATTRIBUTE
                    + " and the pod specification names no store path");
        }
        return new WantedPackages(own, expressions, List.copyOf(named));
    }

    /** Checks that each key is known, and gives the systems that are not this node's. */
    private Set<String> otherSystems(Map<String, String> context) {
        Set<String> others = new TreeSet<>();
        for (String key : new TreeSet<>(context.keySet())) {
            boolean known = key.startsWith(ContextKeys.KUBELET)
                    || key.equals(ContextKeys.POD_SPEC)
                    || key.equals(system)
                    || ATTRIBUTES.contains(key);
            if (!known && SYSTEM.matcher(key).matches()) {
                others.add(key);
            } else if (!known) {
                throw TargetPaths.invalid("unknown volume attribute " + quote(key) + "; known are " + system
                        + " and other systems, " + String.join(", ", new TreeSet<>(ATTRIBUTES)) + ", "
                        + ContextKeys.POD_SPEC);
            }
        }
        return others;
    }

    private static Optional<String> expression(Map<String, String> context, String attribute) {
        Optional<String> text = Optional.ofNullable(context.get(attribute));
        text.ifPresent(written -> {
            if (written.isBlank()) {
                throw TargetPaths.invalid("the volume attribute " + attribute + " is empty");
            }
            if (written.length() > MAX_EXPRESSION) {
                throw TargetPaths.invalid("the volume attribute " + attribute + " has " + written.length()
                        + " characters; " + MAX_EXPRESSION + " are allowed");
            }
        });
        return text;
    }

    /** How long the volume wants evaluating and fetching to take at most. */
    Optional<Duration> fetchTimeout(Map<String, String> context) {
        String text = context.get(FETCH_TIMEOUT);
        if (text == null) {
            return Optional.empty();
        }
        Matcher matcher = DURATION.matcher(text);
        Duration given = matcher.matches()
                ? Duration.ofHours(number(matcher.group(1)))
                        .plusMinutes(number(matcher.group(2)))
                        .plusSeconds(number(matcher.group(3)))
                : Duration.ZERO;
        if (given.isZero() || given.compareTo(LONGEST) > 0) {
            throw TargetPaths.invalid("the volume attribute " + FETCH_TIMEOUT + " is " + quote(text)
                    + ": give a time of one second to one day, such as 600s, 30m or 1h30m");
        }
        return Optional.of(given);
    }

    private static long number(@Nullable String digits) {
        return digits == null ? 0 : Long.parseLong(digits);
    }

    private StorePath storePath(String text) {
        try {
            return storeDir.parse(text);
        } catch (FormatException e) {
            throw new CsiException(
                    Status.Code.INVALID_ARGUMENT, "the volume attribute " + system + ": " + e.getMessage(), e);
        }
    }
}
