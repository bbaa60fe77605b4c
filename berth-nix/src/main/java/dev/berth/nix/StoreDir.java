package dev.berth.nix;

/**
 * The directory that store paths name, {@code /nix/store} unless a store was made with another. It is part of every hash
 * and says nothing about where the files of a store lie.
 *
 * @param path absolute, without a trailing slash, {@code .}, {@code ..} or empty parts
 */
public record StoreDir(String path) {
    /** {@code /nix/store}. */
    public static final StoreDir DEFAULT = new StoreDir("/nix/store");

    /** @throws FormatException if the path is not absolute and canonical, or has control characters */
    public StoreDir {
        if (!path.startsWith("/") || path.length() < 2 || path.endsWith("/")) {
            throw new FormatException("store dir " + FormatException.quote(path) + " is not an absolute path");
        }
        // Narinfos, signatures and messages are lines.
        if (path.chars().anyMatch(Character::isISOControl)) {
            throw new FormatException("store dir " + FormatException.quote(path) + " has control characters");
        }
        for (String part : path.substring(1).split("/", -1)) {
            if (part.isEmpty() || part.equals(".") || part.equals("..")) {
                throw new FormatException("store dir " + FormatException.quote(path) + " is not canonical");
            }
        }
    }

    /** The full path, such as {@code /nix/store/<hash>-hello}. */
    public String print(StorePath storePath) {
        return path + "/" + storePath.baseName();
    }

    /** Whether the text starts with this store dir and a slash. */
    public boolean contains(String text) {
        return text.startsWith(path + "/");
    }

    /**
     * Reads a full path of exactly one store path.
     *
     * @throws FormatException if it is not in this store dir, or goes on below the store path
     */
    public StorePath parse(String fullPath) {
        if (!contains(fullPath)) {
            throw new FormatException("path " + FormatException.quote(fullPath) + " is not in the store dir " + path);
        }
        return new StorePath(fullPath.substring(path.length() + 1));
    }

    /**
     * Reads a path at or below a store path.
     *
     * @throws FormatException if it is not in this store dir
     */
    public SubPath parseSubPath(String fullPath) {
        if (!contains(fullPath)) {
            throw new FormatException("path " + FormatException.quote(fullPath) + " is not in the store dir " + path);
        }
        String rest = fullPath.substring(path.length() + 1);
        int slash = rest.indexOf('/');
        return slash < 0
                ? new SubPath(new StorePath(rest), "")
                : new SubPath(new StorePath(rest.substring(0, slash)), rest.substring(slash));
    }

    /**
     * A store path and what follows it.
     *
     * @param storePath the store path
     * @param rest empty, or starting with a slash; not normalised
     */
    public record SubPath(StorePath storePath, String rest) {}

    @Override
    public String toString() {
        return path;
    }
}
