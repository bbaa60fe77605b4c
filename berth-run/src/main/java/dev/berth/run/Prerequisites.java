package dev.berth.run;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Sees to it that the programs are there that a file needs, and installs those that are missing where it may. */
final class Prerequisites {
    private static final Duration LIMIT = Duration.ofMinutes(10);
    private static final Path BUSYBOX = Path.of("/bin/busybox");
    private static final int ELF_INTERPRETER = 3;

    private final Console console;
    private final boolean root;

    /** @param root whether this process may install */
    Prerequisites(Console console, boolean root) {
        this.console = console;
        this.root = root;
    }

    /**
     * Nix and, for its build sandbox and as a program for containers, a static busybox.
     *
     * @throws RunException with the line to type, if this process may not install, or if installing failed
     */
    void forNix() throws IOException, InterruptedException {
        Map<String, String> missing = new LinkedHashMap<>();
        if (Programs.find("nix-instantiate").isEmpty()
                || Programs.find("nix-store").isEmpty()) {
            missing.put("nix-bin", "Nix evaluates the file and builds what it names");
        }
        if (!isStatic(BUSYBOX)) {
            missing.put("busybox-static", "the shell inside Nix's build sandbox");
        }
        if (!missing.isEmpty()) {
            install(missing);
        }
    }

    private void install(Map<String, String> packages) throws IOException, InterruptedException {
        String line = "apt-get install --yes --no-install-recommends " + String.join(" ", packages.keySet());
        String why = packages.entrySet().stream()
                .map(entry -> entry.getKey() + " (" + entry.getValue() + ")")
                .collect(Collectors.joining(" and "));
        Optional<Path> apt = Programs.find("apt-get");
        if (!root || apt.isEmpty()) {
            throw RunException.usage(
                    packages.size() == 1 ? why + " is missing: " + line : why + " are missing: " + line);
        }
        console.say("installing " + why + ": " + line);
        List<String> install =
                new ArrayList<>(List.of(apt.get().toString(), "install", "--yes", "--no-install-recommends"));
        install.addAll(packages.keySet());
        if (run(install) != 0) {
            // On a fresh machine apt knows no packages yet.
            console.say("apt-get update");
            run(List.of(apt.get().toString(), "update"));
            int code = run(install);
            if (code != 0) {
                throw RunException.usage("could not install " + why + " (exit code " + code + "): try " + line);
            }
        }
    }

    private int run(List<String> command) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectErrorStream(true);
        builder.environment().put("DEBIAN_FRONTEND", "noninteractive");
        Process process = builder.start();
        try {
            Thread reader =
                    Thread.ofVirtual().start(() -> process.errorReader().lines().forEach(console::say));
            Thread.ofVirtual().start(() -> process.inputReader().lines().forEach(console::say));
            if (!process.waitFor(LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                throw RunException.failed(
                        String.join(" ", command) + " did not end within " + LIMIT.toMinutes() + " minutes");
            }
            reader.join(Duration.ofSeconds(5));
            return process.exitValue();
        } finally {
            process.destroy();
        }
    }

    /** Whether a program needs no other file: it is ELF and asks for no interpreter. */
    static boolean isStatic(Path program) throws IOException {
        if (!Files.isExecutable(program)) {
            return false;
        }
        try (RandomAccessFile file = new RandomAccessFile(program.toFile(), "r")) {
            if (file.length() < 64 || file.readInt() != 0x7f454c46 || file.readByte() != 2) {
                return false; // not a 64-bit ELF file
            }
            file.seek(32);
            long headers = Long.reverseBytes(file.readLong());
            file.seek(54);
            int size = Short.toUnsignedInt(Short.reverseBytes(file.readShort()));
            int count = Short.toUnsignedInt(Short.reverseBytes(file.readShort()));
            for (int i = 0; i < count; i++) {
                file.seek(headers + (long) i * size);
                if (Integer.reverseBytes(file.readInt()) == ELF_INTERPRETER) {
                    return false;
                }
            }
            return true;
        }
    }
}
