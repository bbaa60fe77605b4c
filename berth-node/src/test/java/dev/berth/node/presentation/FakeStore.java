package dev.berth.node.presentation;

import dev.berth.linux.Directory;
import dev.berth.linux.Entry;
import dev.berth.linux.FileStat;
import dev.berth.linux.FileType;
import dev.berth.linux.Names;
import dev.berth.linux.OpenFile;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;

/** Store paths on disk with canonical metadata, without a store around them. */
final class FakeStore {
    private final Path real;
    private final TreeSet<StorePath> paths = new TreeSet<>();

    FakeStore(Path real) throws IOException {
        this.real = Files.createDirectories(real);
    }

    Path real() {
        return real;
    }

    /** A new store path; the number makes its hash part. */
    StorePath path(int number, String name) {
        StorePath path = new StorePath(String.format("%032d-%s", number, name));
        paths.add(path);
        return path;
    }

    Path file(StorePath path) {
        return real.resolve(path.baseName());
    }

    Closure closure(StorePath primary) {
        return new Closure(StoreDir.DEFAULT, real, paths, primary);
    }

    /** Writes a file, and the directories above it. */
    void write(StorePath path, String below, String content) throws IOException {
        Path file = file(path).resolve(below);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
    }

    void link(StorePath path, String below, String target) throws IOException {
        Path file = file(path).resolve(below);
        Files.createDirectories(file.getParent());
        Files.createSymbolicLink(file, Path.of(target));
    }

    /** Gives all files canonical metadata. */
    void seal() throws IOException {
        try (Directory directory = Directory.open(real)) {
            sealBelow(directory);
        }
    }

    private static void sealBelow(Directory directory) throws IOException {
        for (Entry entry : directory.entries()) {
            if (entry.type() == FileType.DIRECTORY) {
                try (Directory below = directory.openDirectory(entry.name())) {
                    sealBelow(below);
                }
            }
            if (entry.type() != FileType.SYMLINK) {
                FileStat stat = directory.stat(entry.name());
                directory.setPermissions(entry.name(), stat.executable() ? 0555 : 0444);
            }
            directory.setModified(entry.name(), 1);
        }
    }

    /** Fills a store path with a random tree of about so many files, with names of any bytes. */
    void random(StorePath path, Random random, int files) throws IOException {
        Files.createDirectories(file(path));
        try (Directory top = Directory.open(file(path))) {
            randomBelow(top, random, files, 0);
        }
    }

    private static void randomBelow(Directory directory, Random random, int files, int depth) throws IOException {
        for (int i = 0; i < files; i++) {
            byte[] name = Names.bytes(i + "-");
            byte[] tail = new byte[random.nextInt(20)];
            random.nextBytes(tail);
            byte[] whole = java.util.Arrays.copyOf(name, name.length + tail.length);
            for (int j = 0; j < tail.length; j++) {
                whole[name.length + j] = tail[j] == 0 || tail[j] == '/' ? (byte) 'x' : tail[j];
            }
            int kind = random.nextInt(10);
            if (kind == 0 && depth < 30) {
                directory.makeDirectory(whole, 0755);
                try (Directory below = directory.openDirectory(whole)) {
                    int share = random.nextInt(files - i);
                    randomBelow(below, random, share, depth + 1);
                    i += share;
                }
            } else if (kind == 1) {
                directory.symlink(Names.bytes("target-" + i), whole);
            } else {
                try (OpenFile file = directory.createFile(whole, random.nextInt(4) == 0 ? 0755 : 0644)) {
                    byte[] content = String.valueOf(i).getBytes(StandardCharsets.UTF_8);
                    file.write(content, 0, content.length);
                }
            }
        }
    }

    /** A tree as text: a line for each file with its type, permissions, time and, if asked, inode or content. */
    static List<String> listing(Path top, boolean inodes) throws IOException {
        try (Directory directory = Directory.open(top)) {
            return listing(directory, inodes);
        }
    }

    static List<String> listing(Directory top, boolean inodes) throws IOException {
        TreeMap<String, String> lines = new TreeMap<>();
        list(top, "", inodes, lines);
        return lines.entrySet().stream()
                .map(e -> e.getKey() + " " + e.getValue())
                .toList();
    }

    private static void list(Directory directory, String prefix, boolean inodes, Map<String, String> lines)
            throws IOException {
        for (Entry entry : directory.entries()) {
            FileStat stat = directory.stat(entry.name());
            String name = prefix + new String(entry.name(), StandardCharsets.ISO_8859_1);
            String what = stat.type() + " " + Integer.toOctalString(stat.permissions()) + " " + stat.modified();
            lines.put(
                    name,
                    switch (stat.type()) {
                        case DIRECTORY -> what;
                        case SYMLINK ->
                            what + " " + Names.show(directory.readLink(entry.name()))
                                    + (inodes ? " " + stat.inode() : "");
                        default -> what + " " + (inodes ? stat.inode() : content(directory, entry.name()));
                    });
            if (stat.type() == FileType.DIRECTORY) {
                try (Directory below = directory.openDirectory(entry.name())) {
                    list(below, name + "/", inodes, lines);
                }
            }
        }
    }

    private static String content(Directory directory, byte[] name) throws IOException {
        byte[] content = new byte[1000];
        try (OpenFile file = directory.openFile(name)) {
            int n = file.read(content, 0, content.length);
            return new String(content, 0, Math.max(0, n), StandardCharsets.UTF_8);
        }
    }
}
