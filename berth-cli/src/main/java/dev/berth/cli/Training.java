package dev.berth.cli;

import dev.berth.store.tree.TreeRemoval;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What is run once after a build, so that the JVM can keep the classes and profiles of typical work. Of code that it has
 * profiles of, the JVM compiles less and sooner; but every class that it keeps is loaded at every start, so that each group of
 * commands has a cache of its own, and a training for it.
 */
final class Training {
    private static final String POD = "{kind: Pod, metadata: {name: training}, spec: {restartPolicy: Never,"
            + " containers: [{name: a, image: scratch, command: ['true']}]}}";

    private Training() {}

    /** @param arguments the group of commands, as {@code ./berth} names its cache */
    public static void main(String[] arguments) throws IOException {
        Path root = Files.createTempDirectory("berth");
        try {
            String source = "local?root=" + root.resolve("source");
            switch (arguments[0]) {
                case "store" -> {
                    Main.run("--version");
                    Main.run("--help");
                    copies(root, source, TrainingClosure.make(root.resolve("source")));
                }
                case "agent" -> {
                    Main.run("node", "--help");
                    pod(root);
                }
                case "gateway" ->
                    TrainingGateway.serve(
                            root.resolve("gateway"), source, TrainingClosure.make(root.resolve("source")));
                case "deploy" -> TrainingCluster.deploy(root.resolve("cluster"));
                default -> throw new IllegalArgumentException(arguments[0]);
            }
        } finally {
            TreeRemoval.remove(root);
        }
    }

    /**
     * Cache, agent and container on the machine's own files: needs no Nix. Without root it ends at once, and the exit
     * code is nobody's concern.
     */
    private static void pod(Path root) throws IOException {
        Path pod = Files.writeString(root.resolve("pod.yaml"), POD);
        Main.run("run", "--root", root.resolve("run").toString(), "--rootfs", "/", pod.toString());
    }

    private static void copies(Path root, String source, String top) {
        copy(source, "local?root=" + root.resolve("local"), top);
        for (String compression : new String[] {"none", "zstd"}) {
            String cache = "file://" + root.resolve(compression);
            copy(source, cache + "?compression=" + compression, top);
            copy(cache, "local?root=" + root.resolve("from-" + compression), top);
        }
    }

    static void copy(String from, String to, String path) {
        Main.run("store", "copy", "--no-check-sigs", "--from", from, "--to", to, path);
    }
}
