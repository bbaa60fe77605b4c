package dev.berth.node.events;

import dev.berth.node.pods.Pod;
import dev.berth.node.pods.PodRef;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Tells pods what is wrong with how they use volumes, once for each pod: what mostly comes before a container that does not find its
 * program.
 */
public final class PodAdvice {
    private static final int MOST_REMEMBERED = 1000;
    private static final String NIX = "/nix";
    /** Where a volume has to be so that store paths are found in it, and what of the volume belongs there. */
    private static final Map<String, String> PLACES = Map.of(NIX, "nix", "/nix/store", "nix/store");

    private final String driver;
    private final Set<String> drivers;
    private final PodEvents events;
    private final boolean injects;
    private final Set<String> advised = Collections.newSetFromMap(new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > MOST_REMEMBERED;
        }
    });

    /**
     * @param driver the driver's name as volumes should have it
     * @param drivers all names of the driver
     * @param injects whether containers that mount nothing at {@code /nix} get what they name all the same
     */
    public PodAdvice(String driver, Set<String> drivers, PodEvents events, boolean injects) {
        this.driver = driver;
        this.drivers = Set.copyOf(drivers);
        this.events = events;
        this.injects = injects;
    }

    /** A piece of advice. */
    record Advice(Reason reason, String note) {}

    /** Advises a pod, unless it was advised already. */
    public void give(PodRef ref, Pod pod) {
        synchronized (advised) {
            if (!advised.add(ref.uid())) {
                return;
            }
        }
        on(pod).forEach(advice -> events.report(ref, advice.reason(), advice.note()));
    }

    /** At most one of each reason. */
    List<Advice> on(Pod pod) {
        List<Pod.Volume> ours = pod.volumes().stream()
                .filter(volume -> drivers.contains(volume.driver()))
                .toList();
        List<Advice> all = new ArrayList<>();
        deprecatedNames(ours, all);
        if (!ours.isEmpty()) {
            missingSubPaths(pod, ours, all);
            if (!injects) {
                missingMounts(pod, all);
            }
        }
        return all;
    }

    private void deprecatedNames(List<Pod.Volume> ours, List<Advice> all) {
        List<String> old = ours.stream()
                .filter(volume -> !volume.driver().equals(driver))
                .map(volume -> "the volume " + volume.name() + " names the driver " + volume.driver())
                .toList();
        if (!old.isEmpty()) {
            all.add(new Advice(
                    Reason.DEPRECATED_DRIVER_NAME, String.join("; ", old) + ": that is its old name, write " + driver));
        }
    }

    private static void missingSubPaths(Pod pod, List<Pod.Volume> ours, List<Advice> all) {
        Set<String> names = ours.stream().map(Pod.Volume::name).collect(Collectors.toSet());
        List<String> wrong = new ArrayList<>();
        for (Pod.Container container : pod.containers()) {
            for (Pod.Mount mount : container.mounts()) {
                String place = trimmed(mount.path());
                String belongs = PLACES.get(place);
                if (belongs != null
                        && names.contains(mount.volume())
                        && !trimmed(mount.subPath()).equals(belongs)) {
                    wrong.add("the container " + container.name() + " mounts the volume " + mount.volume() + " at "
                            + place + " without subPath: " + belongs);
                }
            }
        }
        if (!wrong.isEmpty()) {
            all.add(
                    new Advice(
                            Reason.MISSING_SUB_PATH,
                            String.join("; ", wrong)
                                    + ": store paths are not found there, for the volume's root is the package and its store is in nix/store"));
        }
    }

    private static void missingMounts(Pod pod, List<Advice> all) {
        String without = pod.containers().stream()
                .filter(Pod.Container::namesStorePaths)
                .filter(container ->
                        container.mounts().stream().noneMatch(mount -> PLACES.containsKey(trimmed(mount.path()))))
                .map(Pod.Container::name)
                .collect(Collectors.joining(", "));
        if (!without.isEmpty()) {
            all.add(new Advice(
                    Reason.MISSING_NIX_MOUNT,
                    "these containers name store paths and mount nothing at /nix: " + without
                            + "; add a volumeMount with mountPath: /nix and subPath: nix"));
        }
    }

    private static String trimmed(String path) {
        String single = path.replaceAll("/+", "/");
        return single.length() > 1 && single.endsWith("/") ? single.substring(0, single.length() - 1) : single;
    }
}
