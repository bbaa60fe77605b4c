package dev.berth.cli;

/** What is run once after a build, so that the JVM can keep the classes and profiles of a typical start. */
final class Training {
    private Training() {}

    public static void main(String[] arguments) {
        Main.run("--version");
        Main.run("--help");
    }
}
