package dev.berth.cli.node;

import dev.berth.testing.Project;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** How a test starts Berth's command line as a process of its own. */
final class Launch {
    private Launch() {}

    /** The command, with the JVM and what it needs. */
    static List<String> berth(List<String> arguments) {
        Stream<String> java = Stream.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Dberth.home=" + Project.root(),
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                "dev.berth.cli.Main");
        return Stream.concat(java, arguments.stream()).toList();
    }
}
