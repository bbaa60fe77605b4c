package dev.berth.store.nix;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How a run of Nix is kept from outliving those who wanted it.
 *
 * @param prefix the programs before Nix on its command line
 * @param namespaced whether Nix is process 1 of a namespace of its own: when it ends, the kernel has ended everything in it
 */
public record Confinement(List<String> prefix, boolean namespaced) {
    /** Copies the list. */
    public Confinement {
        prefix = List.copyOf(prefix);
    }

    /** For any user: the end of the thread that starts Nix ends it, and Nix ends its builders. */
    public static Confinement tied() {
        return new Confinement(
                find("setpriv")
                        .map(setpriv -> List.of(setpriv, "--pdeathsig", "TERM"))
                        .orElse(List.of()),
                false);
    }

    /**
     * For root: a session and a process namespace of its own, which ends with Nix, with the thread that starts it, and with
     * this process. Of the builders, too, none is left then.
     *
     * @param memory how many bytes of address space each process may have
     * @throws NixException of kind {@code ABSENT} if this machine lacks a program for it
     */
    public static Confinement namespaced(long memory) {
        return namespaced(memory, Optional.empty());
    }

    /**
     * As above.
     *
     * @param view what it sees of the file system; all of it if empty
     */
    public static Confinement namespaced(long memory, Optional<View> view) {
        List<String> line = new ArrayList<>(List.of(
                required("setsid"),
                required("setpriv"),
                "--pdeathsig",
                "KILL",
                required("unshare"),
                "--pid",
                "--fork",
                "--kill-child=SIGKILL",
                "--mount-proc"));
        view.ifPresent(seen -> line.addAll(seen.prefix()));
        line.addAll(List.of(required("prlimit"), "--as=" + memory, "--core=0", "--"));
        return new Confinement(line, true);
    }

    static String required(String program) {
        return find(program)
                .orElseThrow(() -> new NixException(
                        NixException.Kind.ABSENT,
                        "there is no program " + program
                                + " in PATH, without which Nix can't be run with bounds (most are of util-linux)",
                        List.of()));
    }

    /** Where a program is, by PATH, or in the directories of root's programs. */
    public static Optional<String> find(String program) {
        List<String> directories = new ArrayList<>(
                List.of(System.getenv().getOrDefault("PATH", "/usr/bin:/bin").split(":", -1)));
        directories.addAll(List.of("/usr/sbin", "/sbin"));
        return directories.stream()
                .filter(directory -> directory.startsWith("/"))
                .map(directory -> Path.of(directory, program))
                .filter(Files::isExecutable)
                .map(Path::toString)
                .findFirst();
    }
}
