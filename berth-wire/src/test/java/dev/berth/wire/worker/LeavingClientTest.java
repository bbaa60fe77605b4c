package dev.berth.wire.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Clients that go, or go on, while an operation works for long. */
class LeavingClientTest {
    private static final long LIMIT_SECONDS = 60;

    private final CountDownLatch working = new CountDownLatch(1);
    private final CountDownLatch interrupted = new CountDownLatch(1);

    private void workUntilInterrupted() {
        working.countDown();
        try {
            TimeUnit.SECONDS.sleep(LIMIT_SECONDS);
        } catch (InterruptedException e) {
            interrupted.countDown();
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void whatNobodyWaitsForIsInterrupted() throws Exception {
        Peer peer = Peer.at(38, true);
        peer.store.before = log -> workUntilInterrupted();
        peer.store.answer = false;
        peer.say(Operation.VERIFY_STORE, 1, 0);
        assertThat(working.await(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
        peer.transport.close();
        assertThat(interrupted.await(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
        peer.awaitEnd();
        assertThat(peer.store.closed).isTrue();
    }

    /** What it says before it has the answer is not lost, and nothing is left to disturb what follows. */
    @Test
    void whoSpeaksMeanwhileIsHeardAfterwards() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        try (Peer peer = Peer.at(38, true)) {
            peer.store.answer = false;
            peer.store.before = log -> await(go);
            peer.say(Operation.VERIFY_STORE, 1, 0);
            // More than the second after which somebody listens.
            Thread.sleep(1500);
            peer.say(Operation.VERIFY_STORE);
            Thread.sleep(300);
            go.countDown();
            peer.expect(Stderr.LAST, 0);
            peer.say(0, 0);
            peer.expect(Stderr.LAST, 0);
            for (int i = 0; i < 3; i++) {
                peer.say(Operation.VERIFY_STORE, 1, 0);
                peer.expect(Stderr.LAST, 0);
            }
        }
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            if (!latch.await(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                throw new IOException("nobody said go");
            }
        } catch (InterruptedException e) {
            throw new IOException("interrupted", e);
        }
    }
}
