package dev.berth.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.testing.Command;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** What is read of the kernel is what others read of it. */
class KernelTest {
    @Test
    void readsSettingsWhole() throws IOException {
        for (String name : new String[] {"fs/mount-max", "user/max_user_namespaces", "kernel/pid_max"}) {
            assertThat(Kernel.setting(name))
                    .as(name)
                    .isEqualTo(Long.parseLong(Command.of("cat", "/proc/sys/" + name)
                            .run()
                            .stdout()
                            .strip()));
        }
    }

    @Test
    void saysWhatIsNoNumber() {
        assertThatThrownBy(() -> Kernel.setting("kernel/ostype"))
                .hasMessage("/proc/sys/kernel/ostype is no number: Linux");
        assertThatThrownBy(() -> Kernel.setting("kernel/nothing")).isInstanceOf(IOException.class);
    }
}
