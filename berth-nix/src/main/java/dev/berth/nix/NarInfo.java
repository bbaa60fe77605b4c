package dev.berth.nix;

import java.time.Instant;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/**
 * A binary cache's narinfo file: what a path is, and where and how its NAR can be had (libstore/nar-info.cc). Immutable.
 *
 * <p>A narinfo carries neither a registration time nor ultimate trust, so those of {@code info} are the epoch and false.
 *
 * @param info what the file says of the path; its NAR has at least one byte
 * @param url where the NAR is, relative to the cache or absolute, opaque with its query; not empty, no control characters
 * @param compression the name of the NAR's compression, {@code none} for none; known or not to this program
 * @param fileHash the hash of the compressed NAR, if the file says it
 * @param fileSize the size of the compressed NAR in bytes, more than 0, if the file says it
 */
public record NarInfo(PathInfo info, String url, String compression, Optional<Hash> fileHash, OptionalLong fileSize) {
    /** The greatest number of characters of a narinfo that is read: room for more than 60,000 references. */
    public static final int MAX_LENGTH = 16 << 20;

    /** What is meant where the file names no compression. */
    public static final String DEFAULT_COMPRESSION = "bzip2";

    /** What some caches write for a deriver that they do not know. */
    static final String UNKNOWN_DERIVER = "unknown-deriver";

    /** @throws FormatException if a value is outside what a narinfo can say */
    public NarInfo {
        if (url.isEmpty() || hasControl(url)) {
            throw new FormatException("URL " + FormatException.quote(url) + " of the NAR of '" + info.path()
                    + "' is empty or has control characters");
        }
        if (compression.isEmpty() || !compression.chars().allMatch(NarInfo::isNameCharacter)) {
            throw new FormatException(
                    "compression " + FormatException.quote(compression) + " of '" + info.path() + "' is no name");
        }
        if (info.narSize() == 0) {
            throw new FormatException("NAR size of '" + info.path() + "' is zero");
        }
        if (fileSize.isPresent() && fileSize.getAsLong() <= 0) {
            throw new FormatException("file size of '" + info.path() + "' is not positive");
        }
        info = info.withUltimate(false).registeredAt(Instant.EPOCH);
    }

    private static boolean hasControl(String text) {
        return text.chars().anyMatch(c -> c < 0x20 || c == 0x7f);
    }

    private static boolean isNameCharacter(int c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || "+-._".indexOf(c) >= 0;
    }

    /**
     * Reads a narinfo. Fields that Nix does not know are passed over; the order of fields does not matter.
     *
     * @param whence where the text is from, for messages
     * @throws FormatException if it is corrupt: a field malformed, missing, or there twice (but {@code Sig})
     */
    public static NarInfo parse(StoreDir storeDir, String text, String whence) {
        return new NarInfoParser(storeDir, text, whence).parse();
    }

    /** This narinfo about another path info. */
    public NarInfo withInfo(PathInfo other) {
        return new NarInfo(other, url, compression, fileHash, fileSize);
    }

    /** This narinfo with a signature by the key added. */
    public NarInfo signed(StoreDir storeDir, SecretKey key) {
        return withInfo(info.signed(storeDir, key));
    }

    /** The text of the file, as Nix writes it. */
    public String print(StoreDir storeDir) {
        StringBuilder text = new StringBuilder(512);
        field(text, "StorePath", storeDir.print(info.path()));
        field(text, "URL", url);
        field(text, "Compression", compression);
        fileHash.ifPresent(hash -> field(text, "FileHash", hash.toNix32()));
        fileSize.ifPresent(size -> field(text, "FileSize", Long.toString(size)));
        field(text, "NarHash", info.narHash().toNix32());
        field(text, "NarSize", Long.toString(info.narSize()));
        field(text, "References", references(info.references()));
        info.deriver().ifPresent(deriver -> field(text, "Deriver", deriver.baseName()));
        info.signatures().forEach(signature -> field(text, "Sig", signature.print()));
        info.ca().ifPresent(ca -> field(text, "CA", ca.print()));
        return text.toString();
    }

    private static void field(StringBuilder text, String name, String value) {
        text.append(name).append(": ").append(value).append('\n');
    }

    private static String references(NavigableSet<StorePath> references) {
        return references.stream().map(StorePath::baseName).collect(Collectors.joining(" "));
    }
}
