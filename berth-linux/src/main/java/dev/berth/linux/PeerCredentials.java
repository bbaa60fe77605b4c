package dev.berth.linux;

/**
 * Who connected to a unix socket, as the kernel noted it then (SO_PEERCRED, unix(7)).
 *
 * @param pid the process in this process's pid namespace; 0 if it is not in it
 * @param uid its effective user id
 * @param gid its effective group id
 */
public record PeerCredentials(int pid, int uid, int gid) {
    private static final int SOL_SOCKET = 1;
    private static final int SO_PEERCRED = 17;

    /**
     * Of a connected unix socket.
     *
     * @param socket the number of its descriptor, which stays the caller's
     */
    public static PeerCredentials of(int socket) throws LinuxException {
        try (Scratch s = Scratch.take()) {
            s.setInt(12, 12);
            int result = ProcessCalls.getsockopt(s, socket, SOL_SOCKET, SO_PEERCRED, s.struct(), s.struct() + 12);
            if (result < 0) {
                throw new LinuxException(new Errno(-result), "getsockopt SO_PEERCRED", "descriptor " + socket);
            }
            return new PeerCredentials(s.getInt(0), s.getInt(4), s.getInt(8));
        }
    }
}
