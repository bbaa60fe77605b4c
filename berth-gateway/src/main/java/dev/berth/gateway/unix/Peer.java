package dev.berth.gateway.unix;

/**
 * Who connected to a unix socket.
 *
 * @param user the name of the user, or the number where it has no name
 * @param group the name of its primary group, or the number where it has no name
 */
public record Peer(String user, String group) {
    /** Whether it is root, also on a machine where nobody has a name. */
    boolean isRoot() {
        return user.equals("root") || user.equals("0");
    }
}
