package dev.berth.kubernetes;

import java.math.BigInteger;
import java.net.InetAddress;

/** Networks as {@code NO_PROXY} names them: an address, and how many bits of it count. */
final class Network {
    private Network() {}

    /** Whether a host, which is an address, lies in {@code ADDRESS/BITS}; false if one of them is neither. */
    static boolean contains(String network, String host) {
        int slash = network.indexOf('/');
        if (slash < 0 || !network.substring(slash + 1).matches("[0-9]{1,3}")) {
            return false;
        }
        try {
            byte[] base = InetAddress.ofLiteral(network.substring(0, slash)).getAddress();
            byte[] address = InetAddress.ofLiteral(host).getAddress();
            int ignored = base.length * 8 - Integer.parseInt(network.substring(slash + 1));
            return base.length == address.length
                    && ignored >= 0
                    && new BigInteger(1, base)
                            .shiftRight(ignored)
                            .equals(new BigInteger(1, address).shiftRight(ignored));
        } catch (IllegalArgumentException e) {
            return false; // a name
        }
    }
}
