package dev.berth.nix;

import java.util.Collections;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A store as Nix's settings and command lines name it, such as {@code auto}, {@code daemon}, {@code local?root=/mnt},
 * {@code file:///srv/cache?compression=zstd}, {@code ssh-ng://user@host:22} or {@code /mnt} (libstore/store-reference.cc).
 * Parameters are decoded; scheme and location are kept as they stand in a URI, and compare as text.
 *
 * @param form whether it is one of the words {@code auto}, {@code daemon} and {@code local}, or a URI
 * @param scheme {@code unix} for the word {@code daemon}, {@code local} for {@code local}, empty for {@code auto}
 * @param location the authority and path of the URI, percent-encoded, without {@code //} in front; may be empty
 * @param params the parameters behind {@code ?}, sorted by name, decoded
 */
public record StoreReference(Form form, String scheme, String location, NavigableMap<String, String> params) {
    /** How a store is named. */
    public enum Form {
        /** {@code auto}: the local store where this user may write it, else the daemon. */
        AUTO,
        /** The word {@code daemon} without parameters. */
        DAEMON,
        /** The word {@code local} without parameters. */
        LOCAL,
        /** Everything else, which is written as a URI. */
        URI
    }

    /** The greatest number of characters that are read. */
    public static final int MAX_LENGTH = 64 << 10;

    /** Copies the parameters and normalises the location. @throws FormatException if the parts do not make a store's name */
    public StoreReference {
        params = Collections.unmodifiableNavigableMap(new TreeMap<>(params));
        switch (form) {
            case AUTO -> check(scheme.isEmpty() && location.isEmpty(), "auto");
            case DAEMON -> check(scheme.equals("unix") && location.isEmpty() && params.isEmpty(), "daemon");
            case LOCAL -> check(scheme.equals("local") && location.isEmpty() && params.isEmpty(), "local");
            case URI -> location = StoreUri.of(scheme, location).location();
        }
    }

    private static void check(boolean good, String what) {
        if (!good) {
            throw new FormatException("the parts of store " + FormatException.quote(what) + " contradict each other");
        }
    }

    /**
     * A store named by a URI.
     *
     * @throws FormatException if the scheme is none or the location cannot stand in a URI
     */
    public static StoreReference of(String scheme, String location, Map<String, String> params) {
        return new StoreReference(Form.URI, scheme, location, new TreeMap<>(params));
    }

    /**
     * Reads a store's name. An IPv6 address need not stand in brackets where no port follows it; a path of a file system
     * (it has a slash and no {@code ://}) is a local store there, relative to the working directory. Where a parameter is
     * given twice, the first counts. Unlike Nix, which warns or says nothing, this refuses a parameter without {@code =}
     * and a fragment.
     *
     * @throws FormatException otherwise
     */
    public static StoreReference parse(String text) {
        if (text.length() > MAX_LENGTH) {
            throw new FormatException("store " + FormatException.quote(text) + " is longer than " + MAX_LENGTH);
        }
        int question = text.indexOf('?');
        String base = question < 0 ? text : text.substring(0, question);
        try {
            NavigableMap<String, String> params =
                    question < 0 ? new TreeMap<>() : StoreUri.decodeQuery(text.substring(question + 1));
            return parse(base, params);
        } catch (FormatException e) {
            throw new FormatException(
                    "cannot parse Nix store " + FormatException.quote(text) + ": " + e.getMessage(), e);
        }
    }

    private static StoreReference parse(String base, NavigableMap<String, String> params) {
        return switch (base) {
            case "", "auto" -> new StoreReference(Form.AUTO, "", "", params);
            case "daemon" -> new StoreReference(params.isEmpty() ? Form.DAEMON : Form.URI, "unix", "", params);
            case "local" -> new StoreReference(params.isEmpty() ? Form.LOCAL : Form.URI, "local", "", params);
            default -> {
                if (!base.contains("://") && base.indexOf('/') >= 0 && !StoreUri.hasScheme(base)) {
                    yield of("local", StoreUri.encodePath(StoreUri.absolute(base)), params);
                }
                StoreUri uri = StoreUri.parse(base);
                yield of(uri.scheme(), uri.location(), params);
            }
        };
    }

    /** A parameter's value. */
    public Optional<String> param(String name) {
        return Optional.ofNullable(params.get(name));
    }

    /** What stands before the path in the location: empty, a host, or user and host and port, percent-encoded. */
    public String authority() {
        int slash = location.indexOf('/');
        return slash < 0 ? location : location.substring(0, slash);
    }

    /** The path of the location, percent-decoded; empty or starting with a slash. */
    public String path() {
        int slash = location.indexOf('/');
        return slash < 0 ? "" : StoreUri.decode(location.substring(slash));
    }

    /** This reference without its parameters. */
    public StoreReference withoutParams() {
        return new StoreReference(form, scheme, location, Collections.emptyNavigableMap());
    }

    /** The text for messages: without parameters, and without a password in front of the host. */
    public String shown() {
        String authority = authority();
        int at = authority.lastIndexOf('@');
        int colon = authority.indexOf(':');
        if (colon < 0 || colon > at) {
            return withoutParams().render();
        }
        return scheme + "://" + authority.substring(0, colon) + location.substring(at);
    }

    /** The text, as Nix writes it: parameters sorted and percent-encoded. */
    public String render() {
        String base = switch (form) {
            case AUTO -> "auto";
            case DAEMON -> "daemon";
            case LOCAL -> "local";
            case URI -> scheme + "://" + location;
        };
        return params.isEmpty() ? base : base + "?" + StoreUri.encodeQuery(params);
    }

    /** {@link #render()}. */
    @Override
    public String toString() {
        return render();
    }
}
