package dev.berth.nix;

import java.time.Instant;
import java.util.Collections;
import java.util.HashSet;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Reads the lines of one narinfo, once. */
final class NarInfoParser {
    private static final Set<String> SINGLE = Set.of(
            "StorePath",
            "URL",
            "Compression",
            "FileHash",
            "FileSize",
            "NarHash",
            "NarSize",
            "References",
            "Deriver",
            "CA");

    private final StoreDir storeDir;
    private final String text;
    private final String whence;
    private int line;

    private @Nullable StorePath path;
    private String url = "";
    private String compression = "";
    private @Nullable Hash fileHash;
    private long fileSize;
    private @Nullable Hash narHash;
    private long narSize;
    private NavigableSet<StorePath> references = Collections.emptyNavigableSet();
    private Optional<StorePath> deriver = Optional.empty();
    private Optional<ContentAddress> ca = Optional.empty();
    private final Set<String> seen = new HashSet<>();
    private final TreeSet<Signature> signatures = new TreeSet<>();

    NarInfoParser(StoreDir storeDir, String text, String whence) {
        this.storeDir = storeDir;
        this.text = text;
        this.whence = whence;
    }

    NarInfo parse() {
        if (text.length() > NarInfo.MAX_LENGTH) {
            throw corrupt("longer than " + NarInfo.MAX_LENGTH + " characters");
        }
        int at = 0;
        while (at < text.length()) {
            line++;
            int end = text.indexOf('\n', at);
            if (end < 0) {
                throw corrupt("the line has no end");
            }
            int colon = text.indexOf(':', at);
            if (colon < 0 || colon > end) {
                throw corrupt("expecting ':'");
            }
            if (colon + 1 < end && text.charAt(colon + 1) != ' ') {
                throw corrupt("expecting a space after ':'");
            }
            field(text.substring(at, colon), text.substring(Math.min(colon + 2, end), end));
            at = end + 1;
        }
        line = 0;
        return build();
    }

    private void field(String name, String value) {
        if (SINGLE.contains(name) && !seen.add(name)) {
            throw corrupt("extra " + name);
        }
        try {
            switch (name) {
                case "StorePath" -> path = storeDir.parse(value);
                case "URL" -> url = value;
                case "Compression" -> compression = value;
                case "FileHash" -> fileHash = Hash.parse(value);
                case "FileSize" -> fileSize = size(value);
                case "NarHash" -> narHash = Hash.parse(value);
                case "NarSize" -> narSize = size(value);
                case "References" -> references = references(value);
                case "Deriver" -> deriver = deriver(value);
                case "CA" -> ca = value.isEmpty() ? Optional.empty() : Optional.of(ContentAddress.parse(value));
                case "Sig" -> signatures.add(Signature.parse(value));
                default -> {
                    // Nix passes over fields that it does not know, so that caches may add some.
                }
            }
        } catch (FormatException e) {
            throw new FormatException(message("bad " + name + ": " + e.getMessage()), e);
        }
    }

    private static long size(String value) {
        if (value.isEmpty() || value.length() > 19 || !value.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw new FormatException(FormatException.quote(value) + " is no size");
        }
        try {
            return Long.parseLong(value);
        } catch (NumberFormatException e) {
            throw new FormatException(FormatException.quote(value) + " is too great a size", e);
        }
    }

    private static NavigableSet<StorePath> references(String value) {
        TreeSet<StorePath> paths = new TreeSet<>();
        for (String name : value.split(" ", -1)) {
            if (!name.isEmpty()) {
                paths.add(new StorePath(name));
            }
        }
        return paths;
    }

    private static Optional<StorePath> deriver(String value) {
        return value.equals(NarInfo.UNKNOWN_DERIVER) ? Optional.empty() : Optional.of(new StorePath(value));
    }

    private NarInfo build() {
        if (path == null) {
            throw corrupt("StorePath missing");
        }
        if (narHash == null) {
            throw corrupt("NarHash missing");
        }
        if (url.isEmpty()) {
            throw corrupt("URL missing");
        }
        if (narSize == 0) {
            throw corrupt("NarSize missing or zero");
        }
        try {
            PathInfo info =
                    new PathInfo(path, narHash, narSize, references, deriver, Instant.EPOCH, false, signatures, ca);
            return new NarInfo(
                    info,
                    url,
                    compression.isEmpty() ? NarInfo.DEFAULT_COMPRESSION : compression,
                    Optional.ofNullable(fileHash),
                    // Nix takes a size of zero for none.
                    fileSize == 0 ? OptionalLong.empty() : OptionalLong.of(fileSize));
        } catch (FormatException e) {
            throw new FormatException(message(e.getMessage()), e);
        }
    }

    private FormatException corrupt(String reason) {
        return new FormatException(message(reason));
    }

    private String message(@Nullable String reason) {
        return "NAR info file " + FormatException.quote(whence) + " is corrupt: " + reason
                + (line > 0 ? " at line " + line : "");
    }
}
