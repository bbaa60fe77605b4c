package dev.berth.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.testing.Requires;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Processes, namespaces and the kernel's own words. */
final class ProcessesTest {
    @Test
    void signalsReachTheProcessTheyAreMeantFor() throws Exception {
        Process sleep = new ProcessBuilder("sleep", "60").start();
        try (ProcessDescriptor process = ProcessDescriptor.of(sleep.pid())) {
            assertThat(process.awaitEnd(Duration.ZERO)).isFalse();
            assertThat(Processes.exists(sleep.pid())).isTrue();
            process.signal(Signal.TERM);
            assertThat(process.awaitEnd(Duration.ofSeconds(10))).isTrue();
            assertThat(sleep.waitFor(10, TimeUnit.SECONDS)).isTrue();
            assertThat(sleep.exitValue()).isEqualTo(128 + 15);
            assertThatThrownBy(() -> process.signal(Signal.TERM))
                    .isInstanceOfSatisfying(
                            LinuxException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ESRCH));
        } finally {
            sleep.destroyForcibly();
        }
        assertThat(Processes.exists(sleep.pid())).isFalse();
        assertThatThrownBy(() -> ProcessDescriptor.of(sleep.pid())).isInstanceOf(LinuxException.class);
        assertThatThrownBy(() -> Processes.kill(-1, Signal.TERM)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aSocketTellsWhoIsOnTheOtherEnd() throws Exception {
        try (SocketPair pair = SocketPair.open()) {
            PeerCredentials peer = PeerCredentials.of(pair.one());
            assertThat(peer.pid()).isEqualTo((int) ProcessHandle.current().pid());
            try (Directory self = Directory.open(Names.bytes("/proc/self"))) {
                assertThat(peer.uid()).isEqualTo(self.stat().owner());
            }
        }
        assertThatThrownBy(() -> PeerCredentials.of(1_000_000))
                .hasMessage("getsockopt SO_PEERCRED descriptor 1000000: EBADF (bad file descriptor)");
    }

    @Test
    void childrenOfANamespaceThreadAreInIt() throws Exception {
        Requires.root();
        String inside = NamespaceThread.inNew(Set.of(Namespace.UTS, Namespace.PID), () -> {
            Process process = new ProcessBuilder("sh", "-c", "hostname berth-test; hostname; echo $$")
                    .redirectErrorStream(true)
                    .start();
            return new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        });
        assertThat(inside.lines()).first().isEqualTo("berth-test");
        assertThat(new ProcessBuilder("hostname").start().inputReader().readLine())
                .isNotEqualTo("berth-test");
    }

    @Test
    void whatABodyThrowsComesOut() {
        assertThatThrownBy(() -> NamespaceThread.in(List.of(), () -> {
                    throw new IOException("the body's");
                }))
                .isExactlyInstanceOf(IOException.class)
                .hasMessage("the body's");
        assertThatThrownBy(() -> NamespaceThread.in(List.of(), () -> {
                    throw new IllegalStateException("odd");
                }))
                .isExactlyInstanceOf(IllegalStateException.class);
    }

    @Test
    void anInterruptedCallerInterruptsTheBody() throws Exception {
        java.util.concurrent.CountDownLatch started = new java.util.concurrent.CountDownLatch(1);
        java.util.concurrent.atomic.AtomicBoolean bodyInterrupted = new java.util.concurrent.atomic.AtomicBoolean();
        java.util.concurrent.atomic.AtomicBoolean callerInterrupted = new java.util.concurrent.atomic.AtomicBoolean();
        Thread caller = Thread.ofVirtual().start(() -> {
            try {
                NamespaceThread.in(List.of(), () -> {
                    started.countDown();
                    try {
                        Thread.sleep(60_000);
                    } catch (InterruptedException e) {
                        bodyInterrupted.set(true);
                    }
                    return 0;
                });
            } catch (InterruptedException e) {
                callerInterrupted.set(true);
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        assertThat(started.await(20, TimeUnit.SECONDS)).isTrue();
        caller.interrupt();
        assertThat(caller.join(Duration.ofSeconds(20))).isTrue();
        assertThat(bodyInterrupted).isTrue();
        assertThat(callerInterrupted).isTrue();
    }

    @Test
    void theKernelIsKnown() throws Exception {
        assertThat(Kernel.bootId())
                .matches("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
                .isEqualTo(Kernel.bootId());
        Kernel.Features features = Kernel.features();
        System.out.println("this kernel has " + features);
        Requires.root();
        assertThat(features).isEqualTo(new Kernel.Features(true, true, true, true));
    }

    @Test
    void errnosHaveSymbolsAndMeanings() {
        assertThat(Errno.EPERM).hasToString("EPERM (operation not permitted)");
        assertThat(Errno.EOPNOTSUPP.symbol()).isEqualTo("EOPNOTSUPP");
        assertThat(new Errno(4000)).hasToString("errno 4000 (unknown error)");
    }
}
