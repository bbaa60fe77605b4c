package dev.berth.store.nix;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.testing.Command;
import dev.berth.testing.Requires;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a run sees of this machine's files, and that these stay as they are. */
class ViewTest {
    private static final List<String> PROGRAMS = List.of("/usr", "/bin", "/sbin", "/lib", "/lib64");

    @TempDir
    private Path dir;

    private Command.Result run(List<Path> visible, String script) throws IOException {
        Requires.root();
        List<Path> all = new ArrayList<>(PROGRAMS.stream().map(Path::of).toList());
        all.addAll(visible);
        View view = new View(Files.createDirectory(dir.resolve("place")), all);
        List<String> line = new ArrayList<>(
                Confinement.namespaced(1L << 32, Optional.of(view)).prefix());
        line.addAll(List.of("/bin/sh", "-c", script));
        return new Command(line, Map.of()).run();
    }

    @Test
    void showsNothingButWhatIsNamed() throws IOException {
        Path shown = Files.writeString(dir.resolve("shown"), "yes");
        Path hidden = Files.writeString(dir.resolve("hidden"), "no");
        Command.Result result =
                run(List.of(shown, dir.resolve("absent")), "cat " + shown + "; ls " + hidden.getParent());
        assertThat(result.stdout()).isEqualTo("yesshown\n");
        assertThat(result.exitCode()).isZero();
    }

    /** The program of Nix is mostly in /usr, and certificates are below a directory that is shown: made anew they would be empty from then on. */
    @Test
    void aFileBelowADirectoryThatIsShownTooStaysWhatItIs() throws IOException {
        Path shown = Files.createDirectory(dir.resolve("shown"));
        Path file = Files.writeString(shown.resolve("file"), "content");
        Path link = Files.createSymbolicLink(shown.resolve("link"), Path.of("file"));
        Path absolute = Files.createSymbolicLink(shown.resolve("absolute"), file);
        Command.Result result = run(List.of(shown, file, link, absolute), "cat " + file + " " + link + " " + absolute);
        assertThat(file).hasContent("content");
        assertThat(result.stdout()).isEqualTo("content".repeat(3));
    }
}
