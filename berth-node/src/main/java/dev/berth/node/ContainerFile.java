package dev.berth.node;

import dev.berth.nix.FormatException;
import dev.berth.nix.StorePath;
import dev.berth.node.injection.ContainerRecord;
import dev.berth.node.injection.Injection;
import dev.berth.node.injection.PodContainer;
import dev.berth.node.injection.StoreMount;
import dev.berth.node.pods.PodRef;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Collectors;

/** The file in a container's directory that has its record. */
final class ContainerFile {
    private static final String FILE = "container.properties";

    private ContainerFile() {}

    /** Writes it, whole or not at all. */
    static void write(Path directory, ContainerRecord container, String bootId) throws IOException {
        Injection injection = container.injection();
        Properties properties = new Properties();
        properties.setProperty("id", container.id());
        properties.setProperty("sandbox", container.sandbox());
        properties.setProperty("namespace", container.owner().pod().namespace());
        properties.setProperty("pod", container.owner().pod().name());
        properties.setProperty("podUid", container.owner().pod().uid());
        properties.setProperty("name", container.owner().name());
        properties.setProperty("hostUsers", Boolean.toString(container.hostUsers()));
        properties.setProperty(
                "packages",
                injection.packages().stream().map(StorePath::baseName).collect(Collectors.joining(" ")));
        properties.setProperty("writable", Boolean.toString(injection.writable()));
        for (int i = 0; i < injection.mounts().size(); i++) {
            StoreMount mount = injection.mounts().get(i);
            properties.setProperty("mount." + i + ".target", mount.target());
            properties.setProperty("mount." + i + ".source", mount.source().baseName());
            properties.setProperty("mount." + i + ".below", mount.below());
        }
        properties.setProperty("tree", container.tree());
        properties.setProperty("bytes", Long.toString(container.bytes()));
        properties.setProperty("shown", Boolean.toString(container.shown()));
        properties.setProperty("ended", Boolean.toString(container.ended()));
        properties.setProperty("bootId", bootId);
        Records.write(directory.resolve(FILE), properties);
    }

    /** Reads a container's directory; empty if there is no record, one of another boot, or a spoilt one. */
    static Optional<ContainerRecord> read(Path directory, String bootId) throws IOException {
        Optional<Properties> properties = Records.read(directory.resolve(FILE));
        try {
            return properties
                    .filter(all -> bootId.equals(all.getProperty("bootId")))
                    .map(ContainerFile::parse)
                    .filter(read -> directory.endsWith(StateDir.containerName(read.id())));
        } catch (FormatException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static ContainerRecord parse(Properties all) {
        List<StoreMount> mounts = new ArrayList<>();
        for (int i = 0; all.containsKey("mount." + i + ".target"); i++) {
            mounts.add(new StoreMount(
                    Records.get(all, "mount." + i + ".target"),
                    new StorePath(Records.get(all, "mount." + i + ".source")),
                    Records.get(all, "mount." + i + ".below")));
        }
        String tree = Records.get(all, "tree");
        if (!tree.isEmpty() && !TreeKey.isKey(tree)) {
            throw new FormatException("no tree");
        }
        return new ContainerRecord(
                Records.get(all, "id"),
                Records.get(all, "sandbox"),
                new PodContainer(
                        new PodRef(Records.get(all, "namespace"), Records.get(all, "pod"), Records.get(all, "podUid")),
                        Records.get(all, "name")),
                Boolean.parseBoolean(all.getProperty("hostUsers", "true")),
                new Injection(
                        Arrays.stream(Records.get(all, "packages").split(" "))
                                .map(StorePath::new)
                                .toList(),
                        Boolean.parseBoolean(Records.get(all, "writable")),
                        mounts),
                tree,
                // Agents before this one did not write these, and their containers are live.
                Long.parseLong(all.getProperty("bytes", "0")),
                Boolean.parseBoolean(Records.get(all, "shown")),
                Boolean.parseBoolean(all.getProperty("ended", "false")));
    }
}
