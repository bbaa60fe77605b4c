package dev.berth.node.presentation;

import dev.berth.linux.DetachedMount;
import dev.berth.linux.Directory;
import dev.berth.linux.FileSystemContext;
import dev.berth.linux.Names;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** An overlay that is being put together. */
final class Overlay implements AutoCloseable {
    /** The kernel's limit for words of fsconfig(2), less the zero byte. */
    private static final int MAX_WORD = 255;

    private final FileSystemContext context;

    Overlay(String source) throws IOException {
        context = FileSystemContext.of("overlay");
        context.option("source", source);
    }

    /** With directories and files that are redirected to other layers. */
    Overlay redirected() throws IOException {
        context.option("metacopy", "on");
        context.option("redirect_dir", "on");
        return this;
    }

    /** Makes it of these directories, the topmost first. */
    DetachedMount mount(List<Path> lower) throws IOException {
        String all = lower.stream().map(Overlay::escaped).collect(Collectors.joining(":"));
        if (isWord(all)) {
            context.option("lowerdir", all);
        } else {
            for (Path path : lower) {
                add("lowerdir+", path);
            }
        }
        return context.mount(Set.of());
    }

    /** As {@link #mount(List)} with a layer to write to. */
    DetachedMount mount(List<Path> lower, Writable layer) throws IOException {
        // What is written goes with the volume: nothing has to reach the disk, least of all while unmounting.
        context.flag("volatile");
        set("upperdir", layer.upper());
        set("workdir", layer.work());
        return mount(lower);
    }

    private void set(String key, Path path) throws IOException {
        if (isWord(escaped(path))) {
            context.option(key, escaped(path));
        } else {
            add(key, path);
        }
    }

    /** Linux 6.13 takes directories of any length of path. */
    private void add(String key, Path path) throws IOException {
        try (Directory directory = Directory.open(path)) {
            context.option(key, directory);
        }
    }

    private static boolean isWord(String text) {
        return Names.bytes(text).length <= MAX_WORD;
    }

    /** Overlayfs splits its options at colons and commas and takes a backslash for an escape. */
    private static String escaped(Path path) {
        return path.toString().replace("\\", "\\\\").replace(":", "\\:").replace(",", "\\,");
    }

    @Override
    public void close() throws IOException {
        context.close();
    }
}
