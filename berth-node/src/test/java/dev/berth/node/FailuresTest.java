package dev.berth.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.linux.Errno;
import dev.berth.linux.Kernel;
import dev.berth.linux.LinuxException;
import dev.berth.node.csi.CsiException;
import io.grpc.Status;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;

class FailuresTest {
    @Test
    void tooManyMountsAreNotCalledAFullDisk() {
        CsiException mounts =
                Failures.of("cannot mount the volume at /x", new LinuxException(Errno.ENOSPC, "move_mount", "on /x"));
        assertThat(mounts.code()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        assertThat(mounts.getMessage()).contains("fs.mount-max");
        CsiException disk =
                Failures.of("cannot mount the volume at /x", new LinuxException(Errno.ENOSPC, "mkdirat", "/x"));
        assertThat(disk.code()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        assertThat(disk.getMessage()).doesNotContain("fs.mount-max");
    }

    @Test
    void whatTheJdkSaysInClassNamesIsSaidInWords() {
        assertThat(Failures.reason(new NoSuchFileException("/x"))).isEqualTo("/x: no such file");
        assertThat(Failures.reason(new AccessDeniedException("/x"))).isEqualTo("/x: access denied");
        assertThat(Failures.reason(new FileSystemException("/x", null, "Is a directory")))
                .isEqualTo("/x: Is a directory");
    }

    @Test
    void oldKernelsAreTold() {
        assertThat(KernelNeeds.lack(new Kernel.Features(true, true, true, true)))
                .isEmpty();
        assertThat(KernelNeeds.lack(new Kernel.Features(false, true, false, true)))
                .hasValueSatisfying(lack -> assertThat(lack)
                        .startsWith("KernelIncompatible")
                        .contains("open_tree and move_mount", "mount_setattr")
                        .doesNotContain("openat2"));
    }
}
