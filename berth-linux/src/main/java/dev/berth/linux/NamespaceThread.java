package dev.berth.linux;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Runs something in other namespaces than the process's: on a platform thread made for it, which ends with it, so no
 * other code ever finds itself there.
 *
 * <p>INVARIANT: the body starts no threads and submits nothing to pools that may: a thread is born in the namespaces of
 * the one that starts it, and would keep them alive. (Processes that it starts are the purpose; the JDK's reaper thread
 * of such a process stays until that process ends.)
 */
public final class NamespaceThread {
    private static final int CLONE_FS = 0x200;

    private NamespaceThread() {}

    /**
     * Runs the body in new namespaces and waits for it. A new mount namespace is cut off first: what is mounted there is
     * not seen outside, nor the other way round.
     *
     * @throws LinuxException if there are no such namespaces, or none for this user
     * @throws IOException what the body throws
     * @throws InterruptedException if the caller is interrupted: the body's thread is, too, and has ended
     */
    public static <T> T inNew(Set<Namespace> kinds, Callable<T> body) throws IOException, InterruptedException {
        return run(body, () -> {
            unshare(CLONE_FS | Namespace.flags(kinds));
            if (kinds.contains(Namespace.MOUNT)) {
                Mounts.setPropagation(Path.of("/"), Propagation.PRIVATE, true);
            }
        });
    }

    /**
     * Runs the body in existing namespaces, entered in the given order, and waits for it. Entering a mount namespace
     * moves root and working directory to that namespace's root.
     *
     * @throws LinuxException if one cannot be entered
     * @throws IOException what the body throws
     * @throws InterruptedException if the caller is interrupted: the body's thread is, too, and has ended
     */
    public static <T> T in(List<NamespaceHandle> namespaces, Callable<T> body)
            throws IOException, InterruptedException {
        return run(body, () -> {
            // setns to a mount namespace is EINVAL as long as root and working directory are shared with other threads.
            unshare(CLONE_FS);
            for (NamespaceHandle namespace : namespaces) {
                namespace.enter();
            }
        });
    }

    /**
     * Has the calling thread, and no other, do what it does with files as somebody else, without root's rights to files unless
     * that is 0. For root, in a body: such a thread is nobody else's.
     */
    public static void actOnFilesAs(int user, int group) {
        try (Scratch s = Scratch.take()) {
            ProcessCalls.setFileIds(s, user, group);
        }
    }

    private interface Entry {
        void enter() throws IOException;
    }

    private static <T> T run(Callable<T> body, Entry entry) throws IOException, InterruptedException {
        FutureTask<T> task = new FutureTask<>(() -> {
            entry.enter();
            return body.call();
        });
        Thread thread = Thread.ofPlatform().name("namespace").start(task);
        try {
            thread.join();
            return task.get();
        } catch (InterruptedException e) {
            thread.interrupt();
            joinAnyway(thread);
            throw e;
        } catch (ExecutionException e) {
            throw rethrown(e);
        }
    }

    private static void joinAnyway(Thread thread) {
        boolean again = true;
        while (again) {
            try {
                thread.join();
                again = false;
            } catch (InterruptedException e) {
                // Asked twice: the answer is on its way already.
                thread.interrupt();
            }
        }
    }

    private static IOException rethrown(ExecutionException failed) throws IOException, InterruptedException {
        switch (failed.getCause()) {
            case IOException e -> throw e;
            case InterruptedException e -> throw e;
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case null -> throw new IOException(failed);
            case Exception e -> throw new IOException(e.getMessage(), e);
            case Throwable t -> throw new AssertionError(t);
        }
    }

    private static void unshare(int flags) throws LinuxException {
        try (Scratch s = Scratch.take()) {
            int result = ProcessCalls.unshare(s, flags);
            if (result < 0) {
                throw new LinuxException(new Errno(-result), "unshare", "");
            }
        }
    }
}
