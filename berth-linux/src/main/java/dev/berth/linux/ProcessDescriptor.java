package dev.berth.linux;

import java.time.Duration;

/** An open process (pidfd_open(2)): signals reach exactly this one, even after its number was given to another. */
public final class ProcessDescriptor extends Descriptor {
    private final long pid;

    private ProcessDescriptor(int number, long pid) {
        super(number);
        this.pid = pid;
    }

    /** Opens a process by its number; ESRCH if there is none. */
    public static ProcessDescriptor of(long pid) throws LinuxException {
        try (Scratch s = Scratch.take()) {
            int fd = ProcessCalls.pidfdOpen(s, Math.toIntExact(pid));
            if (fd < 0) {
                throw new LinuxException(new Errno(-fd), "pidfd_open", "process " + pid);
            }
            return new ProcessDescriptor(fd, pid);
        }
    }

    /** The number it had when it was opened. */
    public long pid() {
        return pid;
    }

    /** Sends a signal; ESRCH if the process has ended. */
    public void signal(Signal signal) throws LinuxException {
        try (Scratch s = Scratch.take()) {
            int result = ProcessCalls.pidfdSendSignal(s, open(), signal.number);
            if (result < 0) {
                throw new LinuxException(new Errno(-result), "pidfd_send_signal " + signal, "process " + pid);
            }
        }
    }

    /** Whether the process ends within this time; it blocks the calling platform thread for up to 100 ms at a time. */
    public boolean awaitEnd(Duration patience) throws LinuxException, InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        try (Scratch s = Scratch.take()) {
            while (true) {
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                long left = Math.max(0, (deadline - System.nanoTime() + 999_999) / 1_000_000);
                int result = ProcessCalls.pollReadable(s, open(), (int) Math.min(left, 100));
                if (result != -Errno.EINTR.number() && check(result, "poll") > 0) {
                    return true;
                }
                if (left == 0) {
                    return false;
                }
            }
        }
    }
}
