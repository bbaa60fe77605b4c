package dev.berth.node;

import dev.berth.linux.Errno;
import dev.berth.linux.LinuxException;
import dev.berth.node.csi.CsiException;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.Locale;
import java.util.Set;

/** Turns failures of the system into what callers and users see. */
final class Failures {
    /** What the kernel lets fail with ENOSPC not for a full disk, but for too many mounts (fs/namespace.c, count_mounts). */
    private static final Set<String> MOUNTING = Set.of("move_mount", "open_tree", "mount");

    private Failures() {}

    /** The failure in a few words, without the Java class names that the JDK's messages leave out. */
    static String reason(IOException e) {
        if (e instanceof FileSystemException file) {
            String reason = file.getReason();
            return file.getFile() + ": "
                    + (reason == null
                            ? file.getClass()
                                    .getSimpleName()
                                    .replace("Exception", "")
                                    .replaceAll("(?<=[a-z])(?=[A-Z])", " ")
                                    .toLowerCase(Locale.ROOT)
                            : reason);
        }
        return String.valueOf(e.getMessage());
    }

    /**
     * The answer to a call that failed by the system.
     *
     * @param what what could not be done, such as {@code cannot mount the volume}
     */
    static CsiException of(String what, IOException e) {
        if (e instanceof LinuxException linux && linux.is(Errno.ENOSPC) && MOUNTING.contains(linux.call())) {
            return new CsiException(
                    Status.Code.RESOURCE_EXHAUSTED,
                    what + ": " + reason(e)
                            + ": this mount namespace has as many mounts as it may have; raise the sysctl"
                            + " fs.mount-max, or find out who mounts so much",
                    e);
        }
        return new CsiException(code(e), what + ": " + reason(e), e);
    }

    private static Status.Code code(IOException e) {
        if (e instanceof LinuxException linux) {
            return code(linux.errno());
        }
        String text = reason(e);
        if (text.contains("No space left") || text.contains("quota exceeded")) {
            return Status.Code.RESOURCE_EXHAUSTED;
        }
        return text.contains("Read-only file system") ? Status.Code.FAILED_PRECONDITION : Status.Code.INTERNAL;
    }

    private static Status.Code code(Errno errno) {
        if (errno.equals(Errno.ENOSPC) || errno.equals(Errno.EDQUOT) || errno.equals(Errno.EMFILE)) {
            return Status.Code.RESOURCE_EXHAUSTED;
        }
        if (errno.equals(Errno.EROFS) || errno.equals(Errno.EPERM) || errno.equals(Errno.EBUSY)) {
            return Status.Code.FAILED_PRECONDITION;
        }
        return Status.Code.INTERNAL;
    }
}
