package dev.berth.nix;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The part of RFC 3986 that store URIs use, with Nix's leniencies (libutil/url.cc): spaces and quotes in queries, IPv6
 * addresses without brackets, zones without the escape of their percent sign.
 *
 * @param scheme as written
 * @param location authority and path, percent-encoding normalised
 */
record StoreUri(String scheme, String location) {
    private static final Pattern SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*");
    private static final Pattern PATH = Pattern.compile("(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*+");
    private static final Pattern USER = Pattern.compile("(?:[A-Za-z0-9._~!$&'()*+,;=:-]|%[0-9A-Fa-f]{2})*+");
    private static final Pattern HOST = Pattern.compile("(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*+");
    private static final Pattern ZONE = Pattern.compile("[A-Za-z0-9._~-]+");
    private static final Pattern HEX = Pattern.compile("[0-9A-Fa-f]{1,4}");
    private static final Pattern IPV4 = Pattern.compile("(?:(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)(?:\\.(?!$)|$)){4}");

    static boolean isScheme(String text) {
        return SCHEME.matcher(text).matches();
    }

    static boolean hasScheme(String text) {
        int colon = text.indexOf(':');
        return colon > 0 && isScheme(text.substring(0, colon));
    }

    /** Reads {@code scheme://location}; as in Nix, the slashes may be left out. */
    static StoreUri parse(String base) {
        if (!hasScheme(base)) {
            throw new FormatException("it is neither 'auto', 'daemon', 'local', a path nor a URI with a scheme");
        }
        int colon = base.indexOf(':');
        String rest = base.substring(colon + 1);
        return of(base.substring(0, colon), rest.startsWith("//") ? rest.substring(2) : rest);
    }

    static StoreUri of(String scheme, String location) {
        if (!isScheme(scheme)) {
            throw new FormatException(FormatException.quote(scheme) + " is no scheme of a URI");
        }
        int slash = location.indexOf('/');
        String authority = authority(slash < 0 ? location : location.substring(0, slash));
        String path = slash < 0 ? "" : location.substring(slash);
        checkPath(path);
        if (scheme.substring(scheme.lastIndexOf('+') + 1).equals("file")) {
            if (!authority.isEmpty()) {
                throw new FormatException("a file URI has no host, but three slashes: file:///path");
            }
            path = path.isEmpty() ? "/" : path;
        }
        return new StoreUri(scheme, authority + normalisePath(path));
    }

    private static void checkPath(String path) {
        if (path.indexOf('#') >= 0) {
            throw new FormatException("a store has no fragment, write %23 for '#'");
        }
        if (!PATH.matcher(path).matches()) {
            throw new FormatException(
                    FormatException.quote(path) + " has a character that must be percent-encoded, or a bad escape");
        }
        decode(path);
    }

    private static String authority(String text) {
        int at = text.indexOf('@');
        String user = at < 0 ? "" : text.substring(0, at);
        String host = text.substring(at + 1);
        if (!USER.matcher(user).matches()) {
            throw new FormatException(FormatException.quote(user) + " is no user in a URI");
        }
        return (at < 0 ? "" : userInfo(user) + "@") + hostAndPort(host);
    }

    private static String userInfo(String user) {
        int colon = user.indexOf(':');
        return colon < 0
                ? normalise(user, "")
                : normalise(user.substring(0, colon), "") + ":" + normalise(user.substring(colon + 1), "");
    }

    private static String hostAndPort(String text) {
        if (text.startsWith("[")) {
            int end = text.indexOf(']');
            if (end < 0) {
                throw new FormatException("address " + FormatException.quote(text) + " has no ']'");
            }
            return ipv6(text.substring(1, end), true) + port(text.substring(end + 1));
        }
        int colon = text.indexOf(':');
        if (colon != text.lastIndexOf(':')) {
            // No brackets: all of it is the address, as there is no telling a port from it.
            return ipv6(text, false);
        }
        String host = colon < 0 ? text : text.substring(0, colon);
        if (!HOST.matcher(host).matches()) {
            throw new FormatException(FormatException.quote(host) + " is no host in a URI");
        }
        return normalise(host, "") + port(colon < 0 ? "" : text.substring(colon));
    }

    private static String port(String text) {
        if (text.isEmpty() || text.equals(":")) {
            return "";
        }
        String digits = text.substring(1);
        boolean number =
                text.charAt(0) == ':' && digits.length() <= 5 && digits.chars().allMatch(c -> c >= '0' && c <= '9');
        int port = number ? Integer.parseInt(digits) : 0;
        if (port < 1 || port > 65535) {
            throw new FormatException("port " + FormatException.quote(digits) + " is not from 1 to 65535");
        }
        return ":" + port;
    }

    private static String ipv6(String text, boolean brackets) {
        int percent = text.indexOf('%');
        String address = percent < 0 ? text : text.substring(0, percent);
        if (!isIpv6(address)) {
            throw new FormatException(FormatException.quote(address) + " is no IPv6 address");
        }
        if (percent < 0) {
            return "[" + address + "]";
        }
        String zone = text.substring(percent + 1);
        if (brackets && zone.length() > 2 && zone.startsWith("25")) {
            zone = zone.substring(2);
        }
        if (!ZONE.matcher(zone).matches()) {
            throw new FormatException(FormatException.quote(zone) + " is no zone of an IPv6 address");
        }
        return "[" + address + "%25" + zone + "]";
    }

    private static boolean isIpv6(String text) {
        int gap = text.indexOf("::");
        if (gap < 0) {
            return groups(text, true) == 8;
        }
        int before = gap == 0 ? 0 : groups(text.substring(0, gap), false);
        String rest = text.substring(gap + 2);
        int after = rest.isEmpty() ? 0 : groups(rest, true);
        return before >= 0 && after >= 0 && before + after < 8;
    }

    /** The number of 16-bit groups, or -1 if it is none; an IPv4 address may stand for the last two. */
    private static int groups(String text, boolean ipv4) {
        String[] parts = text.split(":", -1);
        int count = parts.length;
        for (int i = 0; i < parts.length; i++) {
            if (ipv4 && i == parts.length - 1 && IPV4.matcher(parts[i]).matches()) {
                count++;
            } else if (!HEX.matcher(parts[i]).matches()) {
                return -1;
            }
        }
        return count;
    }

    /** An absolute path without empty, {@code .} and {@code ..} parts. */
    static String absolute(String path) {
        String whole = path.startsWith("/") ? path : System.getProperty("user.dir") + "/" + path;
        ArrayDeque<String> parts = new ArrayDeque<>();
        for (String part : whole.split("/", -1)) {
            if (part.equals("..")) {
                parts.pollLast();
            } else if (!part.isEmpty() && !part.equals(".")) {
                parts.addLast(part);
            }
        }
        return "/" + String.join("/", parts);
    }

    static String encodePath(String path) {
        if (path.indexOf('\0') >= 0) {
            throw new FormatException("it has a NUL character");
        }
        return encode(path.getBytes(StandardCharsets.UTF_8), ":@/");
    }

    static NavigableMap<String, String> decodeQuery(String query) {
        NavigableMap<String, String> params = new TreeMap<>();
        if (query.indexOf('#') >= 0) {
            throw new FormatException("a store has no fragment, write %23 for '#'");
        }
        for (String item : query.split("&", -1)) {
            int equals = item.indexOf('=');
            if (equals >= 0) {
                params.putIfAbsent(decode(item.substring(0, equals)), decode(item.substring(equals + 1)));
            } else if (!item.isEmpty()) {
                throw new FormatException("parameter " + FormatException.quote(item) + " has no '='");
            }
        }
        return params;
    }

    static String encodeQuery(Map<String, String> params) {
        return params.entrySet().stream()
                .map(param -> encode(param.getKey().getBytes(StandardCharsets.UTF_8), ":@/?") + "="
                        + encode(param.getValue().getBytes(StandardCharsets.UTF_8), ":@/?"))
                .collect(Collectors.joining("&"));
    }

    /** Reads percent-encoding. @throws FormatException if an escape is broken, or what comes out is not UTF-8 or has a NUL */
    static String decode(String text) {
        try {
            String decoded = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes(text)))
                    .toString();
            if (decoded.indexOf('\0') >= 0) {
                throw new FormatException(FormatException.quote(text) + " has a NUL character");
            }
            return decoded;
        } catch (CharacterCodingException e) {
            throw new FormatException(FormatException.quote(text) + " is not UTF-8", e);
        }
    }

    private static byte[] bytes(String text) {
        byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream out = new ByteArrayOutputStream(encoded.length);
        for (int i = 0; i < encoded.length; i++) {
            if (encoded[i] != '%') {
                out.write(encoded[i]);
            } else if (i + 2 < encoded.length
                    && HexFormat.isHexDigit(encoded[i + 1])
                    && HexFormat.isHexDigit(encoded[i + 2])) {
                out.write(HexFormat.fromHexDigit(encoded[i + 1]) << 4 | HexFormat.fromHexDigit(encoded[i + 2]));
                i += 2;
            } else {
                throw new FormatException(FormatException.quote(text) + " has a bad percent escape");
            }
        }
        return out.toByteArray();
    }

    /** Part by part, so that an escaped slash stays one. */
    private static String normalisePath(String path) {
        return Arrays.stream(path.split("/", -1))
                .map(part -> normalise(part, ":@"))
                .collect(Collectors.joining("/"));
    }

    private static String normalise(String encoded, String keep) {
        return encode(bytes(encoded), keep);
    }

    private static String encode(byte[] bytes, String keep) {
        StringBuilder text = new StringBuilder(bytes.length);
        HexFormat hex = HexFormat.of().withUpperCase();
        for (byte b : bytes) {
            char c = (char) (b & 0xff);
            boolean unreserved = (c >= 'a' && c <= 'z')
                    || (c >= 'A' && c <= 'Z')
                    || (c >= '0' && c <= '9')
                    || "-._~".indexOf(c) >= 0;
            if (unreserved || keep.indexOf(c) >= 0) {
                text.append(c);
            } else {
                text.append('%').append(hex.toHexDigits(b));
            }
        }
        return text.toString();
    }
}
