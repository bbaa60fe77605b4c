package dev.berth.linux;

import java.io.IOException;

/**
 * A system call that failed. The message is one line: {@code mount /a on /b: EPERM (operation not permitted)}. Bytes of
 * names that are no printable UTF-8 stand there as {@code \xff}.
 */
public final class LinuxException extends IOException {
    private final Errno errno;
    private final String call;
    private final String subject;

    /**
     * @param errno what the kernel answered
     * @param call the system call's name
     * @param subject what it was called on, usually a path; empty if there is nothing to name
     */
    public LinuxException(Errno errno, String call, String subject) {
        super(call + (subject.isEmpty() ? "" : " " + subject) + ": " + errno);
        this.errno = errno;
        this.call = call;
        this.subject = subject;
    }

    /** What the kernel answered. */
    public Errno errno() {
        return errno;
    }

    /** Whether the kernel answered this. */
    public boolean is(Errno other) {
        return errno.equals(other);
    }

    /** The system call's name. */
    public String call() {
        return call;
    }

    /** What it was called on, in printable form; empty if there was nothing to name. */
    public String subject() {
        return subject;
    }
}
