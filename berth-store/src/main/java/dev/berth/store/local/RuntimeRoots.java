package dev.berth.store.local;

import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What running processes use: their programs, working directories, open and mapped files and environments
 * (libstore/gc.cc, {@code findRuntimeRoots}). Store paths are looked for under the store dir, as processes in containers
 * see them, and under the real store dir. A process that goes away meanwhile or may not be looked at is passed over.
 */
final class RuntimeRoots {
    private static final Logger LOG = LoggerFactory.getLogger(RuntimeRoots.class);
    private static final List<String> KERNEL =
            List.of("sys/kernel/modprobe", "sys/kernel/fbsplash", "sys/kernel/poweroff_cmd");

    private final Path proc;
    private final Pattern inStore;
    private final Map<StorePath, Set<String>> found = new HashMap<>();

    private RuntimeRoots(Path proc, StoreDir storeDir, Path realStoreDir) {
        this.proc = proc;
        this.inStore = Pattern.compile("(?:" + Pattern.quote(storeDir.path()) + "|"
                + Pattern.quote(realStoreDir.toString()) + ")/([0-9a-z]{32}-[0-9a-zA-Z+\\-._?=]+)");
    }

    /** Store paths, valid or not, with the files below {@code /proc} that name them. */
    static Map<StorePath, Set<String>> find(Path proc, StoreDir storeDir, Path realStoreDir) throws IOException {
        RuntimeRoots roots = new RuntimeRoots(proc, storeDir, realStoreDir);
        roots.processes();
        for (String file : KERNEL) {
            roots.text(proc.resolve(file));
        }
        return roots.found;
    }

    private void processes() throws IOException {
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(proc, "[0-9]*")) {
            for (Path process : processes) {
                link(process.resolve("exe"));
                link(process.resolve("cwd"));
                descriptors(process.resolve("fd"));
                text(process.resolve("maps"));
                text(process.resolve("environ"));
            }
        }
    }

    private void descriptors(Path directory) {
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(directory)) {
            descriptors.forEach(this::link);
        } catch (IOException | DirectoryIteratorException e) {
            gone(directory, e);
        }
    }

    private void link(Path link) {
        try {
            look(Files.readSymbolicLink(link).toString(), link);
        } catch (IOException e) {
            gone(link, e);
        }
    }

    private void text(Path file) {
        try {
            look(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1), file);
        } catch (IOException e) {
            gone(file, e);
        }
    }

    private void look(String text, Path where) {
        Matcher matcher = inStore.matcher(text);
        while (matcher.find()) {
            candidate(matcher.group(1))
                    .forEach(path ->
                            found.computeIfAbsent(path, key -> new HashSet<>()).add(where.toString()));
        }
    }

    // In a text a path may end anywhere among characters that names may have; such as "…-hello." in a sentence.
    private static List<StorePath> candidate(String baseName) {
        return StoreNames.parse(baseName).map(List::of).orElse(List.of());
    }

    private static void gone(Path file, Exception e) {
        LOG.trace("passing over {}: {}", file, e.toString());
    }
}
