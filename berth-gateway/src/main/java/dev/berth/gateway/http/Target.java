package dev.berth.gateway.http;

import dev.berth.nix.DrvOutput;
import dev.berth.nix.FormatException;
import dev.berth.nix.Hash;
import dev.berth.nix.HashAlgorithm;
import dev.berth.nix.PathInfo;
import dev.berth.nix.StorePath;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** What the path of a request names (libstore/binary-cache-store.cc). */
sealed interface Target {
    /** The page for people. */
    record Page() implements Target {}

    /** {@code nix-cache-info}. */
    record CacheInfo() implements Target {}

    /** {@code pubkey}. */
    record PublicKeys() implements Target {}

    /** {@code <hash part>.narinfo}. */
    record NarInfoFile(String hashPart) implements Target {}

    /** {@code <hash part>.ls}. */
    record Listing(String hashPart) implements Target {}

    /**
     * A NAR, at the URL that this cache names.
     *
     * @param narHash 52 digits of Nix32
     */
    record Nar(String hashPart, String narHash, String name) implements Target {}

    /**
     * Any other file below {@code nar/}, such as those that a client uploads.
     *
     * @param name decoded, with its query
     */
    record NarFile(String name) implements Target {}

    /** {@code log/<derivation>}. */
    record Log(StorePath drvPath) implements Target {}

    /** {@code debuginfo/<build id>}, with or without {@code .debug}. */
    record DebugInfo(String buildId) implements Target {}

    /** {@code realisations/<id>.doi} until Nix 2.34, {@code build-trace-v2/<derivation>/<output>.doi} later. */
    record RealisationFile(DrvOutput output) implements Target {}

    Pattern NAR = Pattern.compile("([0-9a-z]{32})-([0-9a-z]{52})\\.nar");
    Pattern BUILD_ID = Pattern.compile("([0-9a-f]{4,128})(\\.debug)?");
    String NAR_INFO = ".narinfo";

    /** The URL of a path's NAR, from which path and content are found without a search. */
    static String narUrl(PathInfo info) {
        return "nar/" + info.path().hashPart() + "-" + digits(info) + ".nar";
    }

    /** The NAR hash in 52 digits. */
    static String digits(PathInfo info) {
        return info.narHash().toNix32().substring(HashAlgorithm.SHA256.text().length() + 1);
    }

    /**
     * Reads a path as it was sent.
     *
     * @return empty if nothing here can have such a name
     */
    static Optional<Target> parse(String path, String query) {
        try {
            List<String> parts = new ArrayList<>();
            for (String part : path.substring(1).split("/", -1)) {
                parts.add(decode(part));
            }
            return parse(parts, query);
        } catch (FormatException e) {
            return Optional.empty();
        }
    }

    private static Optional<Target> parse(List<String> parts, String query) {
        String first = parts.getFirst();
        return switch (parts.size()) {
            case 1 -> top(first);
            case 2 ->
                switch (first) {
                    case "nar" -> Optional.of(nar(parts, query));
                    case "log" ->
                        Optional.of(new StorePath(parts.get(1)))
                                .filter(StorePath::isDerivation)
                                .map(Log::new);
                    case "debuginfo" -> {
                        var matcher = BUILD_ID.matcher(parts.get(1));
                        yield matcher.matches() ? Optional.of(new DebugInfo(matcher.group(1))) : Optional.empty();
                    }
                    case "realisations" ->
                        withoutDoi(parts.get(1)).map(id -> new RealisationFile(DrvOutput.parseByHash(id)));
                    default -> Optional.empty();
                };
            default -> {
                if (first.equals("nar")) {
                    yield Optional.of(nar(parts, query));
                }
                yield parts.size() == 3 && first.equals("build-trace-v2")
                        ? withoutDoi(parts.get(2))
                                .map(output ->
                                        new RealisationFile(new DrvOutput.ByPath(new StorePath(parts.get(1)), output)))
                        : Optional.empty();
            }
        };
    }

    private static Optional<Target> top(String name) {
        return switch (name) {
            case "" -> Optional.of(new Page());
            case "nix-cache-info" -> Optional.of(new CacheInfo());
            case "pubkey" -> Optional.of(new PublicKeys());
            default -> {
                if (name.endsWith(NAR_INFO)) {
                    yield Optional.of(new NarInfoFile(hashPart(name, NAR_INFO)));
                }
                yield name.endsWith(".ls") ? Optional.of(new Listing(hashPart(name, ".ls"))) : Optional.empty();
            }
        };
    }

    private static String hashPart(String name, String ending) {
        String hashPart = name.substring(0, name.length() - ending.length());
        StorePath.checkHashPart(hashPart);
        return hashPart;
    }

    private static Target nar(List<String> parts, String query) {
        String name = String.join("/", parts);
        var matcher = NAR.matcher(parts.get(1));
        if (parts.size() == 2 && query.isEmpty() && matcher.matches()) {
            StorePath.checkHashPart(matcher.group(1));
            // Checks the digits.
            Hash.parse(matcher.group(2), HashAlgorithm.SHA256);
            return new Nar(matcher.group(1), matcher.group(2), name);
        }
        if (parts.stream().anyMatch(part -> part.isEmpty() || part.equals(".") || part.equals(".."))) {
            throw new FormatException("not the name of a NAR file");
        }
        return new NarFile(query.isEmpty() ? name : name + "?" + query);
    }

    private static Optional<String> withoutDoi(String name) {
        return name.endsWith(".doi") ? Optional.of(name.substring(0, name.length() - 4)) : Optional.empty();
    }

    /** One component of a path; it may hold neither a slash nor anything but printable ASCII. */
    private static String decode(String part) {
        StringBuilder text = new StringBuilder(part.length());
        for (int i = 0; i < part.length(); i++) {
            char c = part.charAt(i);
            if (c == '%') {
                if (i + 3 > part.length()
                        || !HexFormat.isHexDigit(part.charAt(i + 1))
                        || !HexFormat.isHexDigit(part.charAt(i + 2))) {
                    throw new FormatException("a '%' without two digits behind it");
                }
                c = (char) HexFormat.fromHexDigits(part, i + 1, i + 3);
                i += 2;
                if (c == '/') {
                    throw new FormatException("a slash in a name");
                }
            }
            if (c <= ' ' || c >= 0x7f) {
                throw new FormatException("a character that no name has");
            }
            text.append(c);
        }
        return text.toString();
    }

    /** The file below {@code nar/} that the URL in a narinfo names, as {@link NarFile} has it. */
    static Optional<String> narFile(String url) {
        int mark = url.indexOf('?');
        String path = mark < 0 ? url : url.substring(0, mark);
        String query = mark < 0 ? "" : url.substring(mark + 1);
        byte[] ascii = path.getBytes(StandardCharsets.UTF_8);
        if (ascii.length != path.length()) {
            return Optional.empty();
        }
        return parse("/" + path, query).flatMap(target -> switch (target) {
            case Nar nar -> Optional.of(nar.name());
            case NarFile file -> Optional.of(file.name());
            default -> Optional.empty();
        });
    }
}
