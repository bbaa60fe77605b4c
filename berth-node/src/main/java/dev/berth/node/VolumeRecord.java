package dev.berth.node;

import dev.berth.nix.FormatException;
import dev.berth.nix.StorePath;
import dev.berth.node.csi.PublishRequest;
import dev.berth.node.pods.PodRef;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Collectors;

/**
 * What the agent must remember of a volume to find its way after a crash; written before anything is mounted.
 *
 * @param volumeId the caller's id
 * @param target where it is to be mounted, without links
 * @param readOnly whether it is a bind mount of the shared tree, else an overlay above it
 * @param packages the store paths that it shows, the primary one first
 * @param asked {@link dev.berth.node.csi.WantedPackages#expressed()} of the request
 * @param pod the pod that it is for, as far as the caller told
 * @param tree the key of the tree that it shows
 * @param bytes the sum of the NAR sizes of its closure; 0 if an earlier version wrote the record
 * @param bootId of the boot in which it was mounted: in another one its mount is gone
 * @param madeTarget whether the agent made the target directory, and so removes it
 */
record VolumeRecord(
        String volumeId,
        Path target,
        boolean readOnly,
        List<StorePath> packages,
        String asked,
        PodRef pod,
        String tree,
        long bytes,
        String bootId,
        boolean madeTarget) {
    private static final String FILE = "volume.properties";

    VolumeRecord {
        packages = List.copyOf(packages);
    }

    String name() {
        return StateDir.volumeName(volumeId);
    }

    /** Whether the request asks for what this volume is, at the same place. */
    boolean serves(PublishRequest request, Path realTarget) {
        return target.equals(realTarget)
                && readOnly == request.readOnly()
                && pod.uid().equals(request.pod().uid())
                && asked.equals(request.wanted().expressed())
                && (!asked.isEmpty() || samePackages(request.packages()));
    }

    /** What a pod's specification adds is only known while the API server answers: it may be missing on either side. */
    private boolean samePackages(List<StorePath> others) {
        return packages.getFirst().equals(others.getFirst())
                && (packages.containsAll(others) || others.containsAll(packages));
    }

    VolumeRecord withMadeTarget(boolean made) {
        return new VolumeRecord(volumeId, target, readOnly, packages, asked, pod, tree, bytes, bootId, made);
    }

    PublishedVolume published() {
        return new PublishedVolume(volumeId, target, readOnly, pod.uid(), packages);
    }

    /** Writes it into a volume's directory, whole or not at all. */
    void write(Path directory) throws IOException {
        Properties properties = new Properties();
        properties.setProperty("volumeId", volumeId);
        properties.setProperty("target", target.toString());
        properties.setProperty("readOnly", Boolean.toString(readOnly));
        properties.setProperty(
                "packages", packages.stream().map(StorePath::baseName).collect(Collectors.joining(" ")));
        properties.setProperty("asked", asked);
        properties.setProperty("podNamespace", pod.namespace());
        properties.setProperty("podName", pod.name());
        properties.setProperty("podUid", pod.uid());
        properties.setProperty("tree", tree);
        properties.setProperty("bytes", Long.toString(bytes));
        properties.setProperty("bootId", bootId);
        properties.setProperty("madeTarget", Boolean.toString(madeTarget));
        Records.write(directory.resolve(FILE), properties);
    }

    /** Reads a volume's directory; empty if there is no record, or a power cut or somebody spoilt it. */
    static Optional<VolumeRecord> read(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return Optional.empty();
        }
        Optional<Properties> found = Records.read(directory.resolve(FILE));
        if (found.isEmpty()) {
            return Optional.empty();
        }
        Properties properties = found.get();
        try {
            VolumeRecord read = new VolumeRecord(
                    Records.get(properties, "volumeId"),
                    Path.of(Records.get(properties, "target")),
                    Boolean.parseBoolean(Records.get(properties, "readOnly")),
                    Arrays.stream(Records.get(properties, "packages").split(" "))
                            .map(StorePath::new)
                            .toList(),
                    properties.getProperty("asked", ""),
                    // Records of earlier versions have the uid alone.
                    new PodRef(
                            properties.getProperty("podNamespace", ""),
                            properties.getProperty("podName", ""),
                            Records.get(properties, "podUid")),
                    Records.get(properties, "tree"),
                    Long.parseLong(properties.getProperty("bytes", "0")),
                    Records.get(properties, "bootId"),
                    Boolean.parseBoolean(Records.get(properties, "madeTarget")));
            boolean consistent =
                    directory.endsWith(read.name()) && read.target.isAbsolute() && TreeKey.isKey(read.tree);
            return consistent ? Optional.of(read) : Optional.empty();
        } catch (FormatException | InvalidPathException | NumberFormatException e) {
            return Optional.empty();
        }
    }
}
