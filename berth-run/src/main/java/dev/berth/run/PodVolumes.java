package dev.berth.run;

import dev.berth.node.csi.CsiClient;
import dev.berth.node.csi.CsiException;
import dev.berth.node.csi.InlineVolume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The volumes of a pod, made and taken away as kubelet does: directories below the pod's, and CSI volumes published and
 * unpublished by calls on the driver's socket.
 */
final class PodVolumes {
    /** How often a publish that ran out of time is asked for again; the fetch goes on meanwhile. */
    private static final int ATTEMPTS = 30;

    /**
     * A volume that can be mounted into containers.
     *
     * @param directory its files
     * @param readOnly whether no container may write to it
     */
    record Prepared(Path directory, boolean readOnly) {}

    private final Layout layout;
    private final Drivers drivers;
    private final Pod pod;
    private final List<InlineVolume> published = new ArrayList<>();
    private final Map<InlineVolume, String> driverOf = new HashMap<>();

    PodVolumes(Layout layout, Drivers drivers, Pod pod) {
        this.layout = layout;
        this.drivers = drivers;
        this.pod = pod;
    }

    /**
     * Makes the volumes that a container mounts.
     *
     * @throws RunException naming the volume and what its driver said
     */
    Map<String, Prepared> prepare() throws IOException {
        Files.createDirectories(layout.pods());
        Files.setPosixFilePermissions(layout.pods(), PosixFilePermissions.fromString("rwx------"));
        Files.createDirectory(layout.pod(pod.uid()));
        Set<String> used = Stream.concat(pod.initContainers().stream(), pod.containers().stream())
                .flatMap(container -> container.mounts().stream())
                .map(Pod.VolumeMount::volume)
                .collect(Collectors.toSet());
        Map<String, Prepared> prepared = new LinkedHashMap<>();
        for (Map.Entry<String, Pod.Volume> volume : pod.volumes().entrySet()) {
            if (used.contains(volume.getKey())) {
                prepared.put(volume.getKey(), prepare(volume.getKey(), volume.getValue()));
            }
        }
        return prepared;
    }

    private Prepared prepare(String name, Pod.Volume volume) throws IOException {
        return switch (volume) {
            case Pod.EmptyDir() -> {
                Path directory = layout.volume(pod.uid(), "empty-dir", name);
                Files.createDirectories(directory);
                Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
                yield new Prepared(directory, false);
            }
            case Pod.Files files -> {
                Path directory = layout.volume(pod.uid(), "configmap", name);
                Files.createDirectories(directory);
                for (Map.Entry<String, Pod.FileContent> file : files.files().entrySet()) {
                    write(directory, file.getKey(), file.getValue());
                }
                yield new Prepared(directory, true);
            }
            case Pod.Csi csi -> publish(name, csi);
        };
    }

    private static void write(Path directory, String path, Pod.FileContent content) throws IOException {
        Path file = directory.resolve(path);
        Path parent = file.getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        Files.write(file, content.bytes());
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(FileModes.text(content.mode())));
    }

    private Prepared publish(String name, Pod.Csi csi) throws IOException {
        Path directory = layout.volume(pod.uid(), "csi", name);
        Files.createDirectories(directory);
        Path target = directory.resolve("mount");
        Map<String, String> attributes = new HashMap<>(csi.attributes());
        attributes.putIfAbsent(InlineVolume.POD_SPEC, pod.specJson());
        InlineVolume volume = new InlineVolume(
                new InlineVolume.Pod(pod.name(), pod.namespace(), pod.uid(), pod.serviceAccount()),
                name,
                target,
                csi.readOnly(),
                attributes);
        published.add(volume);
        driverOf.put(volume, csi.driver());
        CsiClient client = drivers.client(csi.driver());
        for (int attempt = 1; ; attempt++) {
            try {
                client.publish(volume);
                return new Prepared(target, csi.readOnly());
            } catch (CsiException e) {
                if (attempt == ATTEMPTS || !e.code().name().equals("DEADLINE_EXCEEDED")) {
                    throw RunException.failed(
                            pod.label() + ": cannot publish volume '" + name + "': " + e.getMessage(), e);
                }
            }
        }
    }

    /**
     * Takes all of them away again, the pod's directory included.
     *
     * @throws RunException if one can't be; what could be is gone
     */
    void remove() {
        List<String> failures = new ArrayList<>();
        for (InlineVolume volume : published.reversed()) {
            try {
                drivers.client(String.valueOf(driverOf.get(volume))).unpublish(volume.volumeId(), volume.target());
            } catch (CsiException e) {
                failures.add("cannot unpublish volume '" + volume.name() + "': " + e.getMessage());
            }
        }
        try {
            Trees.delete(layout.pod(pod.uid()));
        } catch (IOException e) {
            failures.add(String.valueOf(e.getMessage()));
        }
        if (!failures.isEmpty()) {
            throw RunException.failed(pod.label() + ": " + String.join("; ", failures));
        }
    }
}
