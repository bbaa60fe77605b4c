package dev.berth.node.csi;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import java.nio.channels.ClosedChannelException;
import org.junit.jupiter.api.Test;

class CsiExceptionTest {
    @Test
    void aClosedConnectionIsUnavailable() {
        // As grpc-netty answers a call whose write meets a connection that its peer has just closed: a race of some
        // microseconds, which killed agents lose once in some hundred times.
        Status closed = Status.UNKNOWN.withDescription("channel closed").withCause(new ClosedChannelException());
        assertThat(CsiException.of(closed).code()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(CsiException.of(closed)).hasMessage("channel closed");
    }

    @Test
    void anUnknownErrorOfTheDriverStaysUnknown() {
        assertThat(CsiException.of(Status.UNKNOWN).code()).isEqualTo(Status.Code.UNKNOWN);
        assertThat(CsiException.of(Status.UNKNOWN)).hasMessage("UNKNOWN");
    }
}
