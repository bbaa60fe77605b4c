package dev.berth.cli;

import dev.berth.nix.PathInfo;
import dev.berth.store.CopyProgress;
import java.io.PrintStream;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Shows how a copy goes on, on standard error: on a terminal one line that is rewritten, in a log a plain line now and
 * then. Safe for use by many threads; nobody waits for another to print.
 */
public final class ConsoleProgress implements CopyProgress, AutoCloseable {
    private static final long TERMINAL_INTERVAL = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long LOG_INTERVAL = TimeUnit.SECONDS.toNanos(5);

    private final PrintStream out;
    private final boolean terminal;
    private final ReentrantLock printing = new ReentrantLock();
    private final AtomicLong plannedPaths = new AtomicLong();
    private final AtomicLong plannedBytes = new AtomicLong();
    private final AtomicLong donePaths = new AtomicLong();
    private final AtomicLong doneBytes = new AtomicLong();
    private final AtomicLong nextAt;
    private boolean lineOpen;

    private ConsoleProgress(PrintStream out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
        this.nextAt = new AtomicLong(System.nanoTime() + (terminal ? 0 : LOG_INTERVAL));
    }

    /** Progress on standard error. */
    public static ConsoleProgress onStandardError() {
        return new ConsoleProgress(System.err, Terminal.onStandardError());
    }

    @Override
    public void planned(long paths, long narBytes) {
        plannedPaths.addAndGet(paths);
        plannedBytes.addAndGet(narBytes);
        show();
    }

    @Override
    public void transferred(long narBytes) {
        doneBytes.addAndGet(narBytes);
        show();
    }

    @Override
    public void finished(PathInfo info, String from) {
        donePaths.incrementAndGet();
        show();
    }

    private void show() {
        long now = System.nanoTime();
        long next = nextAt.get();
        if (now - next < 0 || !nextAt.compareAndSet(next, now + (terminal ? TERMINAL_INTERVAL : LOG_INTERVAL))) {
            return;
        }
        if (printing.tryLock()) {
            try {
                if (terminal) {
                    out.print("\r\u001b[K" + line());
                    lineOpen = true;
                } else {
                    out.println("berth: " + line());
                }
                out.flush();
            } finally {
                printing.unlock();
            }
        }
    }

    private String line() {
        return "copied " + donePaths + " of " + plannedPaths + " paths, " + bytes(doneBytes.get()) + " of "
                + bytes(plannedBytes.get());
    }

    /** A size as people read it, such as {@code 12.3 MiB}. */
    public static String bytes(long count) {
        if (count < 1024) {
            return count + " B";
        }
        double value = count;
        int unit = -1;
        do {
            value /= 1024;
            unit++;
        } while (value >= 1024 && unit < 4);
        return String.format(Locale.ROOT, "%.1f %ciB", value, "KMGTP".charAt(unit));
    }

    /** Removes the line from a terminal. */
    @Override
    public void close() {
        printing.lock();
        try {
            if (lineOpen) {
                out.print("\r\u001b[K");
                out.flush();
                lineOpen = false;
            }
        } finally {
            printing.unlock();
        }
    }
}
