package dev.berth.node;

import dev.berth.nix.Hash;
import dev.berth.nix.HashFormat;
import dev.berth.nix.PathInfo;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Names presented trees by what is in them: two volumes with one key show the same bytes. */
final class TreeKey {
    private static final Pattern KEY =
            Pattern.compile("(" + Kind.COMPOSEFS.prefix + "|" + Kind.FARM.prefix + ")?[0-9a-df-np-sv-z]{52}");

    /** How a tree is made; a part of its name. */
    enum Kind {
        HARDLINK(""),
        COMPOSEFS("composefs-"),
        FARM("farm-");

        private final String prefix;

        Kind(String prefix) {
            this.prefix = prefix;
        }
    }

    private TreeKey() {}

    /**
     * @param packages the store paths asked for, the primary one first
     * @param closure all paths with the hashes of their content
     */
    static String of(StoreDir storeDir, List<StorePath> packages, Collection<PathInfo> closure, Kind kind) {
        return kind.prefix + content(storeDir, packages, closure);
    }

    /** Names what a tree shows, however it is made: see {@link #of}. */
    static String content(StoreDir storeDir, List<StorePath> packages, Collection<PathInfo> closure) {
        StringBuilder text = new StringBuilder("tree 1\n").append(storeDir).append('\n');
        packages.forEach(path -> text.append("package ").append(path).append('\n'));
        TreeMap<StorePath, String> sorted = new TreeMap<>();
        closure.forEach(info -> sorted.put(info.path(), info.narHash().toNix32()));
        sorted.forEach(
                (path, hash) -> text.append(path).append(' ').append(hash).append('\n'));
        return Hash.sha256(text.toString().getBytes(StandardCharsets.UTF_8)).format(HashFormat.NIX32, false);
    }

    /** The same of a tree. */
    static String content(String key) {
        return key.substring(kind(key).prefix.length());
    }

    static Kind kind(String key) {
        if (key.startsWith(Kind.COMPOSEFS.prefix)) {
            return Kind.COMPOSEFS;
        }
        return key.startsWith(Kind.FARM.prefix) ? Kind.FARM : Kind.HARDLINK;
    }

    static boolean isKey(String text) {
        return KEY.matcher(text).matches();
    }
}
