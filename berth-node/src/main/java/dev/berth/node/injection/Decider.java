package dev.berth.node.injection;

import dev.berth.nix.FormatException;
import dev.berth.nix.PathMentions;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.node.injection.Annotations.Value;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Decides what a container gets. Whether it is excluded is asked first, before anything that it says is looked at: containers that the agent or its cache
 * need to start are excluded, and may name whatever they like.
 */
public final class Decider {
    private static final Pattern MOUNT = Pattern.compile("(?:file:|dir:)?(/[^=]*)=(.*)");

    private final StoreDir storeDir;
    private final String system;
    private final PathMentions mentions;
    private final Set<String> machines;

    /**
     * @param system the Nix system of this node
     * @param machines runtime handlers whose containers are in machines or kernels of their own, where the agent can't mount
     */
    public Decider(StoreDir storeDir, String system, Set<String> machines) {
        this.storeDir = storeDir;
        this.system = system;
        this.mentions = new PathMentions(storeDir);
        this.machines = Set.copyOf(machines);
    }

    /** Decides; the same for the same container, whatever the node is like. */
    public Decision decide(ContainerSpec container) {
        try {
            return decided(container);
        } catch (RefusedException e) {
            return new Decision.Refuse(String.valueOf(e.getMessage()).replaceAll("\\p{Cntrl}", "?"));
        }
    }

    private Decision decided(ContainerSpec container) throws RefusedException {
        Annotations annotations = new Annotations(container.annotations(), system);
        if (annotations.flag(container.name(), "exclude", storeDir.path())) {
            return new Decision.Leave(Decision.Reason.EXCLUDED);
        }
        Wishes wishes = new Wishes();
        wishes.add(annotations.of(container.name()));
        wishes.add(annotations.of("pod"));
        boolean asked = !wishes.packages.isEmpty();
        container.args().forEach(arg -> wishes.packages.addAll(mentions.in(arg)));
        container.env().forEach(variable -> wishes.packages.addAll(mentions.in(variable)));
        if (wishes.packages.isEmpty()) {
            return new Decision.Leave(Decision.Reason.NO_PATHS);
        }
        if (container.mountPoints().stream().anyMatch(Decider::inNix)) {
            return new Decision.Leave(Decision.Reason.ALREADY_MOUNTED);
        }
        if (machines.contains(container.runtimeHandler())) {
            String handler =
                    "pods of the runtime handler " + container.runtimeHandler() + " are out of the agent's reach";
            throw new RefusedException((asked
                            ? handler + ", so annotations have no effect"
                            : handler + ", and this container names store paths")
                    + ": use a CSI volume mounted at /nix, or exclude the container by an annotation");
        }
        return new Decision.Inject(new Injection(
                List.copyOf(wishes.packages),
                annotations.flag(container.name(), "rw", storeDir.path()),
                wishes.mounts.values().stream().map(Wish::mount).toList()));
    }

    /** Whether a path in a container is {@code /nix} or in it. */
    static boolean inNix(String path) {
        return normal(path).equals("/nix") || normal(path).startsWith("/nix/");
    }

    private static String normal(String path) {
        List<String> parts = new ArrayList<>();
        for (String part : path.split("/", -1)) {
            if (part.equals("..")) {
                if (!parts.isEmpty()) {
                    parts.removeLast();
                }
            } else if (!part.isEmpty() && !part.equals(".")) {
                parts.add(part);
            }
        }
        return "/" + String.join("/", parts);
    }

    /** A mount, the key of the annotation that wants it, and of what rank that is: the lower wins. */
    private record Wish(StoreMount mount, String key, int rank) {}

    /** What annotations ask for, those of higher precedence added first. */
    private final class Wishes {
        final LinkedHashSet<StorePath> packages = new LinkedHashSet<>();
        final Map<String, Wish> mounts = new LinkedHashMap<>();
        private int rank;

        void add(List<Value> values) throws RefusedException {
            boolean named = true;
            rank++;
            for (Value value : values) {
                if (named && !value.named()) {
                    named = false;
                    rank++;
                }
                for (String line : (Iterable<String>) value.text().lines()::iterator) {
                    add(value.key(), line.strip());
                }
            }
            rank++;
        }

        private void add(String key, String line) throws RefusedException {
            Matcher mount = MOUNT.matcher(line);
            if (mount.matches() && !mount.group(1).startsWith(storeDir.path() + "/")) {
                add(key, mount.group(1).strip(), mount.group(2).strip());
                return;
            }
            Set<StorePath> paths = mentions.in(line);
            if (paths.isEmpty() && line.contains(storeDir.path() + "/")) {
                throw new RefusedException(
                        "the annotation " + key + " names no valid store path: " + FormatException.quote(line));
            }
            packages.addAll(paths);
        }

        private void add(String key, String target, String source) throws RefusedException {
            StoreMount mount = mount(key, target, source);
            Wish before = mounts.get(mount.target());
            if (before == null) {
                mounts.put(mount.target(), new Wish(mount, key, rank));
            } else if (before.rank == rank && !before.mount.equals(mount)) {
                throw new RefusedException("the annotations " + before.key + " and " + key
                        + " want different things at " + mount.target());
            } else {
                return;
            }
            packages.add(mount.source());
        }

        private StoreMount mount(String key, String target, String source) throws RefusedException {
            String place = normal(target);
            if (List.of(target.split("/", -1)).contains("..")
                    || target.indexOf('\0') >= 0
                    || source.indexOf('\0') >= 0) {
                throw new RefusedException("the annotation " + key + " wants something at "
                        + FormatException.quote(target) + ": give paths without .. and NUL");
            }
            if (place.equals("/") || inNix(place)) {
                throw new RefusedException("the annotation " + key + " wants something at " + place
                        + ", where the container itself or its store is");
            }
            String wrong = "the annotation " + key + " wants " + FormatException.quote(source) + " at " + place + ": ";
            if (!storeDir.contains(source)) {
                throw new RefusedException(wrong + "give a path in " + storeDir);
            }
            try {
                StoreDir.SubPath path = storeDir.parseSubPath(source);
                String below = normal(path.rest());
                return new StoreMount(place, path.storePath(), below.equals("/") ? "" : below);
            } catch (FormatException e) {
                throw new RefusedException(wrong + e.getMessage());
            }
        }
    }

    /** The name of a reason in metrics. */
    static String label(Decision.Reason reason) {
        return reason.name().toLowerCase(Locale.ROOT);
    }
}
