package dev.berth.store.nix;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * All that a run of Nix sees of the file system, as it is: nothing else is there for it, under any name.
 *
 * @param place a directory to show it on, in a mount namespace of the run's own, so of any number of runs at once; what is there is not seen
 * @param visible absolute paths of files and directories, with what is mounted in them; those that do not exist are left out
 */
public record View(Path place, List<Path> visible) {
    /** Called with the place, the paths, "--", and the program to run. The mounts of the machine go with its root. */
    private static final String SCRIPT = """
            # What is there is never opened for writing: below a directory that is shown it is the machine's own file.
            set -eC
            PATH=$PATH:/usr/sbin:/sbin
            view=$1
            shift
            mount -t tmpfs -o mode=755,size=64m berth-view "$view"
            while [ "$1" != -- ]; do
              if [ -d "$1" ]; then
                mkdir -p "$view$1"
                mount --rbind "$1" "$view$1"
              elif [ -e "$1" ] && [ ! -e "$view$1" ] && [ ! -L "$view$1" ]; then
                mkdir -p "$view${1%/*}"
                : >"$view$1"
                mount --bind "$1" "$view$1"
              fi
              shift
            done
            shift
            mkdir -p "$view/proc" "$view/tmp" "$view/dev/shm" "$view/.machine"
            chmod 1777 "$view/tmp" "$view/dev/shm"
            ln -s pts/ptmx "$view/dev/ptmx"
            # Nothing on top of anything in there: the kernel would let no sandbox have a /proc.
            mount -t proc proc "$view/proc"
            cd "$view"
            pivot_root . .machine
            cd /
            umount -l /.machine
            exec "$@"
            """;

    /** Copies the list. */
    public View {
        visible = List.copyOf(visible);
    }

    /**
     * The programs before what is run in it, in a mount and process namespace of their own.
     *
     * @throws NixException of kind {@code ABSENT} if this machine lacks a program for it
     */
    List<String> prefix() {
        for (String program : List.of("mount", "umount", "pivot_root", "mkdir", "chmod", "ln")) {
            Confinement.required(program);
        }
        List<String> line =
                new ArrayList<>(List.of(Confinement.required("sh"), "-c", SCRIPT, "berth-view", place.toString()));
        visible.forEach(path -> line.add(path.toString()));
        line.add("--");
        return line;
    }
}
