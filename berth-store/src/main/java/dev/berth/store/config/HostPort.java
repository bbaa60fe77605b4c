package dev.berth.store.config;

/**
 * An address to listen on, written {@code HOST:PORT}, {@code [IPV6]:PORT} or {@code :PORT}.
 *
 * @param host a name or an address; empty for all addresses
 * @param port 0 to 65535; 0 takes a free one
 */
public record HostPort(String host, int port) {
    /** @throws IllegalArgumentException if it is none of the three forms */
    public static HostPort parse(String text) {
        int colon = text.lastIndexOf(':');
        String host = colon < 0 ? "" : text.substring(0, colon);
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        if (colon < 0 || (host.contains(":") && !bracketed)) {
            throw new IllegalArgumentException("not an address: '" + text + "'; write HOST:PORT, [IPV6]:PORT or :PORT");
        }
        String digits = text.substring(colon + 1);
        if (!digits.matches("[0-9]{1,5}") || Integer.parseInt(digits) > 65_535) {
            throw new IllegalArgumentException("not a port: '" + digits + "' in '" + text + "'");
        }
        String plain = bracketed ? host.substring(1, host.length() - 1) : host;
        return new HostPort(plain.equals("*") ? "" : plain, Integer.parseInt(digits));
    }
}
