package dev.berth.store.tree;

import dev.berth.linux.Directory;
import dev.berth.linux.LinuxException;
import dev.berth.linux.OpenFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;

/** A tree with what trees seldom hold: for comparing with the real Nix. */
final class OddTree {
    static final int DEPTH = 200;

    private OddTree() {}

    static void make(Path path) throws LinuxException {
        try (TreeLocation location = TreeLocation.of("test", path)) {
            location.parent().makeDirectory(location.name(), 0755);
            try (Directory root = location.parent().openDirectory(location.name())) {
                fill(root);
            }
        }
    }

    private static void fill(Directory root) throws LinuxException {
        byte[] long255 = new byte[255];
        Arrays.fill(long255, (byte) 'n');
        file(root, long255, 0644, "long name");
        file(root, bytes("line\nbreak"), 0600, "x");
        file(root, new byte[] {(byte) 0xff}, 0755, "not UTF-8");
        file(root, new byte[] {(byte) 0xff, 'b'}, 0444, "");
        file(root, bytes("ünïcode"), 0654, "group may execute, the owner not");
        file(root, bytes("executable"), 0700, "#!/bin/sh\n");
        file(root, bytes("..."), 0644, "dots");
        file(root, bytes("-rf"), 0644, "like an option");
        file(root, bytes("A"), 0644, "upper");
        file(root, bytes("a"), 0644, "lower");
        root.makeDirectory(bytes("empty"), 0700);
        root.symlink(bytes("l".repeat(4095)), bytes("long link"));
        root.symlink(bytes("/nowhere"), bytes("dangling"));
        root.symlink(new byte[] {'a', (byte) 0x80, '\n'}, bytes("odd link"));
        root.symlink(bytes("empty"), bytes("link to directory"));
        sizes(root);
        sparse(root);
        deep(root);
    }

    private static void sizes(Directory root) throws LinuxException {
        Random random = new Random(1);
        int edge = 64 * 1024;
        for (int size : new int[] {1, 7, 8, 9, edge - 1, edge, edge + 1, 2 * edge, 3 * edge + 5}) {
            byte[] contents = new byte[size];
            random.nextBytes(contents);
            try (OpenFile file = root.createFile(bytes("size " + size), 0644)) {
                file.write(contents, 0, size);
            }
        }
    }

    private static void sparse(Directory root) throws LinuxException {
        try (OpenFile file = root.createFile(bytes("sparse"), 0644)) {
            file.truncate(3_000_000);
            file.write(new byte[] {1}, 0, 1, 1_000_000);
        }
    }

    private static void deep(Directory root) throws LinuxException {
        Directory at = root;
        for (int i = 0; i < DEPTH; i++) {
            at.makeDirectory(bytes("d"), 0755);
            Directory next = at.openDirectory(bytes("d"));
            if (at != root) {
                at.close();
            }
            at = next;
            file(at, bytes("a before"), 0644, "before " + i);
            file(at, bytes("z after"), 0644, "after " + i);
        }
        at.close();
    }

    static void file(Directory directory, byte[] name, int permissions, String contents) throws LinuxException {
        byte[] bytes = bytes(contents);
        try (OpenFile file = directory.createFile(name, 0600)) {
            file.write(bytes, 0, bytes.length);
            file.setPermissions(permissions);
        }
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
