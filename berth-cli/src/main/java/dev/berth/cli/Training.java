package dev.berth.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What is run once after a build, so that the JVM can keep the classes and profiles of a typical start. */
final class Training {
    private static final String POD = "{kind: Pod, metadata: {name: training}, spec: {restartPolicy: Never,"
            + " containers: [{name: a, image: scratch, command: ['true']}]}}";

    private Training() {}

    public static void main(String[] arguments) throws IOException {
        Main.run("--version");
        Main.run("--help");
        // Cache, agent and container on the machine's own files: needs no Nix. Without root it ends at once, and the
        // exit
        // code is nobody's concern.
        Path root = Files.createTempDirectory("berth");
        Path pod = Files.writeString(root.resolve("pod.yaml"), POD);
        Main.run("run", "--root", root.toString(), "--rootfs", "/", pod.toString());
        List<Path> made;
        try (Stream<Path> files = Files.walk(root)) {
            made = files.toList();
        }
        for (Path file : made.reversed()) {
            Files.delete(file);
        }
    }
}
