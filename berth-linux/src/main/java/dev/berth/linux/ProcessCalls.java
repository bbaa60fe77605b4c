package dev.berth.linux;

/** Calls on processes, namespaces and sockets. Each answers as the kernel does: not negative, or the negated errno. */
final class ProcessCalls {
    private static final NativeFunction KILL = NativeFunction.of("kill");
    private static final NativeFunction PIDFD_OPEN = NativeFunction.of("pidfd_open");
    private static final NativeFunction PIDFD_SEND_SIGNAL = NativeFunction.of("pidfd_send_signal");
    private static final NativeFunction POLL = NativeFunction.of("poll");
    private static final NativeFunction PRCTL = NativeFunction.of("prctl");
    private static final NativeFunction SETFSGID = NativeFunction.of("setfsgid");
    private static final NativeFunction SETFSUID = NativeFunction.of("setfsuid");
    private static final NativeFunction SETNS = NativeFunction.of("setns");
    private static final NativeFunction UNSHARE = NativeFunction.of("unshare");
    private static final NativeFunction GETSOCKOPT = NativeFunction.of("getsockopt");

    private ProcessCalls() {}

    static int kill(Scratch s, int pid, int signal) {
        return KILL.call(s, pid, signal);
    }

    static int pidfdOpen(Scratch s, int pid) {
        return PIDFD_OPEN.call(s, pid, 0);
    }

    static int pidfdSendSignal(Scratch s, int fd, int signal) {
        return PIDFD_SEND_SIGNAL.call(s, fd, signal, 0L, 0);
    }

    /** Whether a descriptor can be read within so many milliseconds: 1 or 0. */
    static int pollReadable(Scratch s, int fd, int millis) {
        s.setInt(0, fd);
        s.setShort(4, 1);
        s.setShort(6, 0);
        return POLL.call(s, s.struct(), 1L, millis);
    }

    static int prctl(Scratch s, int option, long argument) {
        return PRCTL.call(s, option, argument, 0L, 0L, 0L);
    }

    /** What it answers is what was before, and does not tell whether it worked. */
    static void setFileIds(Scratch s, int user, int group) {
        SETFSGID.call(s, group);
        SETFSUID.call(s, user);
    }

    static int setns(Scratch s, int fd, int kinds) {
        return SETNS.call(s, fd, kinds);
    }

    static int unshare(Scratch s, int kinds) {
        return UNSHARE.call(s, kinds);
    }

    static int getsockopt(Scratch s, int fd, int level, int option, long value, long length) {
        return GETSOCKOPT.call(s, fd, level, option, value, length);
    }
}
