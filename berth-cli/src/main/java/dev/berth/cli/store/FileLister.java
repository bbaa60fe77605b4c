package dev.berth.cli.store;

import dev.berth.nix.nar.NarSink;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;

/**
 * Picks the files at or below one place of a tree. Names are shown as UTF-8, what does not decode as a replacement
 * character: this is for people.
 */
final class FileLister implements NarSink {
    /** What a file is. */
    enum Type {
        DIRECTORY("directory", "dr-xr-xr-x"),
        REGULAR("regular", "-r--r--r--"),
        EXECUTABLE("regular", "-r-xr-xr-x"),
        SYMLINK("symlink", "lrwxrwxrwx");

        private final String json;
        private final String mode;

        Type(String json, String mode) {
            this.json = json;
            this.mode = mode;
        }

        /** The type's name in Nix's listings. */
        String json() {
            return json;
        }
    }

    /**
     * One file.
     *
     * @param name its path below the place that was asked for; {@code .} for that itself
     * @param size in bytes for a regular file, else -1
     * @param target of a symbolic link, else empty
     */
    record Entry(String name, Type type, long size, String target) {
        String details() {
            return String.format(Locale.ROOT, "%s %12s  %s", type.mode, size < 0 ? "-" : String.valueOf(size), name)
                    + (type == Type.SYMLINK ? " -> " + target : "");
        }
    }

    private final String wanted;
    private final boolean recursive;
    private final List<Entry> entries = new ArrayList<>();
    private final Deque<String> directories = new ArrayDeque<>();
    private String current = "";

    /**
     * @param wanted a path below the root of the tree, empty or starting with a slash
     * @param recursive whether to go into directories below it
     */
    FileLister(String wanted, boolean recursive) {
        this.wanted = wanted.replaceAll("/+$", "");
        this.recursive = recursive;
    }

    /** What was found, in order. A directory that was asked for is itself left out unless it is empty. */
    List<Entry> entries() {
        boolean listed = entries.size() > 1 && entries.getFirst().name().equals(".");
        return listed ? entries.subList(1, entries.size()) : entries;
    }

    private void found(Type type, long size, String target) {
        if (current.equals(wanted)) {
            entries.add(new Entry(".", type, size, target));
        } else if (current.startsWith(wanted + "/")) {
            String below = current.substring(wanted.length() + 1);
            if (recursive || below.indexOf('/') < 0) {
                entries.add(new Entry(below, type, size, target));
            }
        }
    }

    @Override
    public void startDirectory() {
        found(Type.DIRECTORY, -1, "");
        directories.push(current);
    }

    @Override
    public void entry(byte[] name) {
        current = directories.getFirst() + "/" + new String(name, StandardCharsets.UTF_8);
    }

    @Override
    public void endDirectory() {
        current = directories.pop();
    }

    @Override
    public void startFile(boolean executable, long size) {
        found(executable ? Type.EXECUTABLE : Type.REGULAR, size, "");
    }

    @Override
    public void contents(byte[] buffer, int offset, int length) {
        // Only names are shown.
    }

    @Override
    public void endFile() {
        // Only names are shown.
    }

    @Override
    public void symlink(byte[] target) {
        found(Type.SYMLINK, -1, new String(target, StandardCharsets.UTF_8));
    }
}
