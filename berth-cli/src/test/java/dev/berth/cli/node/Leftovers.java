package dev.berth.cli.node;

import dev.berth.nix.Hash;
import dev.berth.nix.HashFormat;
import dev.berth.testing.RealCluster;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What an agent has and kubelet no longer knows: volumes, roots and mounts of pods that are gone, and what is half-done. */
final class Leftovers {
    private static final Pattern OF_POD = Pattern.compile("/var/lib/kubelet/pods/([^/]+)/.*");
    private static final Pattern HANDLE = Pattern.compile("\"volumeHandle\":\"([^\"]+)\"");

    private final RealCluster cluster;
    private final Path root;

    /** @param root the agent's */
    Leftovers(RealCluster cluster, Path root) {
        this.cluster = cluster;
        this.root = root;
    }

    /**
     * Looks for them.
     *
     * @param ofOthers volumes that kubelet knows and that are another agent's
     * @return what was found, a line each
     */
    List<String> find(Set<String> ofOthers) {
        List<String> found = new ArrayList<>();
        Set<String> known = kubeletsVolumes();
        known.removeAll(ofOthers);
        Path state = root.resolve("nix/var/berth");
        Set<String> volumes = names(state.resolve("volumes"));
        known.stream().map(Leftovers::volumeName).forEach(volumes::remove);
        volumes.forEach(volume -> found.add("a volume that kubelet does not know: " + volume));
        List<String> empty =
                known.isEmpty() ? List.of("parts", "trash", "trees", "containers") : List.of("parts", "trash");
        for (String part : empty) {
            names(state.resolve(part)).forEach(name -> found.add("left in " + part + ": " + name));
        }
        if (known.isEmpty()) {
            names(root.resolve("nix/var/nix/gcroots/berth")).forEach(name -> found.add("a root of no volume: " + name));
        }
        Set<String> pods = names(cluster.kubeletDir().resolve("pods"));
        for (String point : mountPoints()) {
            Matcher target = OF_POD.matcher(point);
            if (target.matches() && !pods.contains(target.group(1))) {
                found.add("a mount of a pod that is gone: " + point);
            }
            if (known.isEmpty() && point.startsWith(root + "/")) {
                found.add("a mount of no volume: " + point);
            }
        }
        return found;
    }

    /** The ids of the volumes of Berth that pods have, as far as kubelet knows. */
    Set<String> kubeletsVolumes() {
        while (true) {
            try (Stream<Path> files = Files.walk(cluster.kubeletDir().resolve("pods"))) {
                return files.filter(file -> file.endsWith("vol_data.json"))
                        .map(ClusterNode::read)
                        .filter(data -> data.contains("csi.berth.dev"))
                        .map(HANDLE::matcher)
                        .filter(Matcher::find)
                        .map(matcher -> matcher.group(1))
                        .collect(Collectors.toCollection(TreeSet::new));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (UncheckedIOException e) {
                // kubelet deletes directories while this walks: it walks again
            }
        }
    }

    private List<String> mountPoints() {
        return cluster.run(List.of("cat", "/proc/self/mountinfo"))
                .stdout()
                .lines()
                .map(line -> line.split(" ", -1)[4])
                .toList();
    }

    /** The name under which the agent keeps a volume. */
    private static String volumeName(String volumeId) {
        return "v-" + Hash.sha256(volumeId.getBytes(StandardCharsets.UTF_8)).format(HashFormat.NIX32, false);
    }

    private static Set<String> names(Path directory) {
        if (!Files.isDirectory(directory)) {
            return new TreeSet<>();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).collect(Collectors.toCollection(TreeSet::new));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
