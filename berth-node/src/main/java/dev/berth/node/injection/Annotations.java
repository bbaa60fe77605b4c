package dev.berth.node.injection;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The annotations of a pod that speak to the agent. A key is {@code PREFIX/TARGET[@SYSTEM][-SUFFIX]}: the target is {@code pod} or the name of a container,
 * without a system it is for all of them, and the suffix only tells keys apart. Because Kubernetes allows no {@code @} in a key, {@code .SYSTEM} says the same;
 * names of containers have no dot.
 *
 * <p>A container {@code web} and a suffix {@code ssl} make the same key as a container {@code web-ssl}: it speaks to both.
 */
final class Annotations {
    /** Berth's own prefix, and those of the tools that came before it. */
    static final List<String> PREFIXES = List.of("berth.dev/", "nixkube/", "nix-csi/", "nix-nri/");

    /**
     * A value for a target.
     *
     * @param named whether the key names the system of this node, and so has precedence over those for all systems
     */
    record Value(String key, String text, boolean named) {}

    private final Map<String, String> all;
    private final String system;

    Annotations(Map<String, String> all, String system) {
        this.all = all;
        this.system = system;
    }

    /** The values for a target on this system, those that name it first, else by key. */
    List<Value> of(String target) {
        List<Value> values = new ArrayList<>();
        all.forEach((key, text) -> PREFIXES.stream()
                .filter(prefix -> key.startsWith(prefix + target))
                .findFirst()
                .flatMap(prefix -> named(key.substring(prefix.length() + target.length())))
                .ifPresent(named -> values.add(new Value(key, text, named))));
        values.sort(Comparator.comparing((Value value) -> !value.named()).thenComparing(value -> value.key()));
        return values;
    }

    /** Whether what follows the target is for this system by name, for all systems, or for none of our business. */
    private Optional<Boolean> named(String tail) {
        if (tail.isEmpty() || tail.startsWith("-")) {
            return Optional.of(false);
        }
        boolean mine = (tail.startsWith("@") || tail.startsWith("."))
                && tail.startsWith(system, 1)
                && (tail.length() == system.length() + 1 || tail.charAt(system.length() + 1) == '-');
        return mine ? Optional.of(true) : Optional.empty();
    }

    /**
     * Whether a flag is set for a container: {@code CONTAINER-FLAG} if there is one, else {@code pod-FLAG}, else not.
     *
     * @param storeDir values that name it are for a container whose name ends with the flag's
     */
    boolean flag(String container, String flag, String storeDir) throws RefusedException {
        for (String target : List.of(container, "pod")) {
            Optional<Value> decisive = Optional.empty();
            for (Value value : of(target + "-" + flag)) {
                String text = value.text().strip();
                if (text.contains(storeDir)) {
                    continue;
                }
                if (!text.equals("true") && !text.equals("false")) {
                    throw new RefusedException("the annotation " + value.key() + " is neither true nor false");
                }
                if (decisive.isEmpty()) {
                    decisive = Optional.of(value);
                } else if (decisive.get().named() == value.named()
                        && !decisive.get().text().strip().equals(text)) {
                    throw new RefusedException("the annotations "
                            + decisive.get().key() + " and " + value.key() + " contradict each other");
                }
            }
            if (decisive.isPresent()) {
                return decisive.get().text().strip().equals("true");
            }
        }
        return false;
    }
}
