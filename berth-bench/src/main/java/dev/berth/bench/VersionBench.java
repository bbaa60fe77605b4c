package dev.berth.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;

/** How long {@code ./berth --version} takes, against a JVM that does nothing and against {@code nix --version}. */
final class VersionBench {
    private static final int RUNS = 20;
    private static final double LIMIT_MILLIS = 300;

    private final Bench bench;

    VersionBench(Bench bench) {
        this.bench = bench;
    }

    void run() throws IOException, InterruptedException {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        Program bare = Program.of(
                List.of(java.toString(), "-XX:+UseSerialGC", "-XX:-UsePerfData", "-cp"),
                System.getProperty("java.class.path", ""),
                Nothing.class.getName());
        NixPeer nix = NixPeer.ofMachine();
        Program version = bench.berth("--version");
        version.run(); // builds, and brings the files into memory
        Contest times = new Contest()
                .add("Berth", run -> version.run())
                .add("bare JVM", run -> bare.run())
                .add(nix.name(), run -> nix.program("nix", "--version").run())
                .run(RUNS, "--version", bench.log());
        Samples berth = times.of("Berth");
        String what = "`berth --version`, warm";
        bench.report().limit(what, berth.print(), "", berth.median().toNanos() / 1e6, LIMIT_MILLIS, "ms");
        for (String peer : List.of("bare JVM", nix.name())) {
            bench.report().compare(what, berth, peer, times.of(peer), OptionalDouble.empty());
        }
    }

    /** A program that does nothing. */
    static final class Nothing {
        private Nothing() {}

        public static void main(String[] arguments) {}
    }
}
