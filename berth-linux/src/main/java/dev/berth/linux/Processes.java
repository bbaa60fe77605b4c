package dev.berth.linux;

/** Processes by number, and what this process is to its children. */
public final class Processes {
    private static final int PR_SET_PDEATHSIG = 1;
    private static final int PR_SET_CHILD_SUBREAPER = 36;

    private Processes() {}

    /**
     * Sends a signal to a process, or to the process group {@code -pid} if negative; ESRCH if there is none. Neither 0
     * nor -1, which would mean everybody.
     */
    public static void kill(long pid, Signal signal) throws LinuxException {
        if (pid == 0 || pid == -1) {
            throw new IllegalArgumentException("kill needs one process or group, not " + pid);
        }
        try (Scratch s = Scratch.take()) {
            int result = ProcessCalls.kill(s, Math.toIntExact(pid), signal.number);
            if (result < 0) {
                throw new LinuxException(new Errno(-result), "kill " + signal, "process " + pid);
            }
        }
    }

    /** Whether a process of that number exists, zombies included. */
    public static boolean exists(long pid) throws LinuxException {
        if (pid <= 0 || pid > Integer.MAX_VALUE) {
            return false;
        }
        try (Scratch s = Scratch.take()) {
            int result = ProcessCalls.kill(s, (int) pid, 0);
            if (result < 0 && result != -Errno.ESRCH.number() && result != -Errno.EPERM.number()) {
                throw new LinuxException(new Errno(-result), "kill", "process " + pid);
            }
            return result != -Errno.ESRCH.number();
        }
    }

    /** Descendants whose parent ends become children of this process, not of init. */
    public static void adoptOrphans() throws LinuxException {
        prctl(PR_SET_CHILD_SUBREAPER, 1);
    }

    /** This process gets the signal when the thread that started it ends. */
    public static void endWithParent(Signal signal) throws LinuxException {
        prctl(PR_SET_PDEATHSIG, signal.number);
    }

    /**
     * Gives an open descriptor of this process another number, and closes what had that number before. For descriptors that
     * this process got from the one that started it.
     *
     * @throws LinuxException if there is none; then both are as before
     */
    public static void moveDescriptor(int from, int to) throws LinuxException {
        try (Scratch s = Scratch.take()) {
            int result = DescriptorCalls.dup3(s, from, to);
            if (result < 0) {
                throw new LinuxException(new Errno(-result), "dup3", "descriptor " + from);
            }
            DescriptorCalls.close(s, from);
        }
    }

    private static void prctl(int option, long argument) throws LinuxException {
        try (Scratch s = Scratch.take()) {
            int result = ProcessCalls.prctl(s, option, argument);
            if (result < 0) {
                throw new LinuxException(new Errno(-result), "prctl", Integer.toString(option));
            }
        }
    }
}
