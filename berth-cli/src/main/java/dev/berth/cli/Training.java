package dev.berth.cli;

import dev.berth.store.tree.TreeRemoval;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What is run once after a build, so that the JVM can keep the classes and profiles of typical work: a start, a pod,
 * copies in every direction, and a deployment. Of code that it has profiles of, the JVM compiles less and sooner.
 */
final class Training {
    private static final String POD = "{kind: Pod, metadata: {name: training}, spec: {restartPolicy: Never,"
            + " containers: [{name: a, image: scratch, command: ['true']}]}}";

    private Training() {}

    /** @param arguments {@code agent} alone: only what a node agent does, of which a pod on this machine makes use */
    public static void main(String[] arguments) throws IOException {
        boolean agent = List.of(arguments).equals(List.of("agent"));
        if (!agent) {
            Main.run("--version");
        }
        Main.run(agent ? new String[] {"node", "--help"} : new String[] {"--help"});
        Path root = Files.createTempDirectory("berth");
        try {
            pod(root);
            if (agent) {
                return;
            }
            String source = "local?root=" + root.resolve("source");
            String top = TrainingClosure.make(root.resolve("source"));
            copies(root, source, top);
            TrainingGateway.serve(root.resolve("gateway"), source, top);
            TrainingCluster.deploy(root.resolve("cluster"));
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
