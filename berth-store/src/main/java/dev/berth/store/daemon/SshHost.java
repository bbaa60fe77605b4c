package dev.berth.store.daemon;

import dev.berth.nix.FormatException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * {@code [user@]host[:port]} of a store's URI (libstore/ssh.cc).
 *
 * @param user not empty
 * @param host a name or address, an IPv6 one without brackets
 * @param port 1 to 65535
 */
record SshHost(Optional<String> user, String host, OptionalInt port) {
    /** @throws FormatException if ssh would take a part for an option, or a part is missing */
    SshHost {
        if (host.isEmpty() || host.startsWith("-")) {
            throw new FormatException(FormatException.quote(host) + " is no host name");
        }
        user.ifPresent(name -> {
            if (name.isEmpty() || name.startsWith("-")) {
                throw new FormatException(FormatException.quote(name) + " is no user name");
            }
        });
    }

    /** Reads the authority of a URI, percent-encoded. */
    static SshHost parse(String authority) {
        int at = authority.lastIndexOf('@');
        Optional<String> user = at < 0 ? Optional.empty() : Optional.of(decode(authority.substring(0, at)));
        String rest = authority.substring(at + 1);
        int colon = rest.startsWith("[") ? rest.indexOf(':', Math.max(0, rest.indexOf(']'))) : rest.lastIndexOf(':');
        String host = colon < 0 ? rest : rest.substring(0, colon);
        OptionalInt port = colon < 0 ? OptionalInt.empty() : OptionalInt.of(port(rest.substring(colon + 1)));
        boolean brackets = host.startsWith("[") && host.endsWith("]");
        return new SshHost(user, decode(brackets ? host.substring(1, host.length() - 1) : host), port);
    }

    private static int port(String text) {
        try {
            int port = Integer.parseInt(text);
            if (port > 0 && port < 65536) {
                return port;
            }
        } catch (NumberFormatException e) {
            // Refused below.
        }
        throw new FormatException(FormatException.quote(text) + " is no port");
    }

    private static String decode(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    /** Whether commands run on this machine without ssh, as Nix has it for exactly this word. */
    boolean isHere() {
        return host.equals("localhost") && user.isEmpty() && port.isEmpty();
    }

    /** What ssh takes for the host. */
    String destination() {
        return user.map(name -> name + "@").orElse("") + host;
    }
}
