package dev.berth.linux;

import static dev.berth.linux.Native.INT;
import static dev.berth.linux.Native.LONG;
import static dev.berth.linux.Native.POINTER;
import static dev.berth.linux.Native.broken;
import static dev.berth.linux.Native.function;
import static dev.berth.linux.Native.variadic;

import java.lang.invoke.MethodHandle;

/** Calls on processes, namespaces and sockets. Each answers as the kernel does: not negative, or the negated errno. */
final class ProcessCalls {
    private static final MethodHandle KILL = function("kill", INT, INT, INT);
    private static final MethodHandle PIDFD_OPEN = function("pidfd_open", INT, INT, INT);
    private static final MethodHandle PIDFD_SEND_SIGNAL = function("pidfd_send_signal", INT, INT, INT, POINTER, INT);
    private static final MethodHandle POLL = function("poll", INT, POINTER, LONG, INT);
    private static final MethodHandle PRCTL = variadic(1, "prctl", INT, INT, LONG, LONG, LONG, LONG);
    private static final MethodHandle SETNS = function("setns", INT, INT, INT);
    private static final MethodHandle UNSHARE = function("unshare", INT, INT);
    private static final MethodHandle GETSOCKOPT = function("getsockopt", INT, INT, INT, INT, POINTER, POINTER);

    private ProcessCalls() {}

    static int kill(Scratch s, int pid, int signal) {
        try {
            return s.result((int) KILL.invokeExact(s.state(), pid, signal));
        } catch (Throwable t) {
            throw broken(t);
        }
    }

    static int pidfdOpen(Scratch s, int pid) {
        try {
            return s.result((int) PIDFD_OPEN.invokeExact(s.state(), pid, 0));
        } catch (Throwable t) {
            throw broken(t);
        }
    }

    static int pidfdSendSignal(Scratch s, int fd, int signal) {
        try {
            return s.result((int) PIDFD_SEND_SIGNAL.invokeExact(s.state(), fd, signal, 0L, 0));
        } catch (Throwable t) {
            throw broken(t);
        }
    }

    /** Whether a descriptor can be read within so many milliseconds: 1 or 0. */
    static int pollReadable(Scratch s, int fd, int millis) {
        s.setInt(0, fd);
        s.setShort(4, 1);
        s.setShort(6, 0);
        try {
            return s.result((int) POLL.invokeExact(s.state(), s.struct(), 1L, millis));
        } catch (Throwable t) {
            throw broken(t);
        }
    }

    static int prctl(Scratch s, int option, long argument) {
        try {
            return s.result((int) PRCTL.invokeExact(s.state(), option, argument, 0L, 0L, 0L));
        } catch (Throwable t) {
            throw broken(t);
        }
    }

    static int setns(Scratch s, int fd, int kinds) {
        try {
            return s.result((int) SETNS.invokeExact(s.state(), fd, kinds));
        } catch (Throwable t) {
            throw broken(t);
        }
    }

    static int unshare(Scratch s, int kinds) {
        try {
            return s.result((int) UNSHARE.invokeExact(s.state(), kinds));
        } catch (Throwable t) {
            throw broken(t);
        }
    }

    static int getsockopt(Scratch s, int fd, int level, int option, long value, long length) {
        try {
            return s.result((int) GETSOCKOPT.invokeExact(s.state(), fd, level, option, value, length));
        } catch (Throwable t) {
            throw broken(t);
        }
    }
}
