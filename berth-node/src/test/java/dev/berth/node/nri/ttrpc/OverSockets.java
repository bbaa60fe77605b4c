package dev.berth.node.nri.ttrpc;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Tests of what is spoken over a connection: each has both ends of a real socket, and none can hang. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class OverSockets {
    /** Longer than anything takes. */
    static final Duration LONG = Duration.ofSeconds(20);

    /** For a peer that does nothing. */
    static final Duration SHORT = Duration.ofMillis(200);

    @TempDir
    Path dir;

    SocketPair sockets;

    @BeforeEach
    void open() throws IOException {
        sockets = SocketPair.open(dir);
    }

    @AfterEach
    void close() {
        sockets.close();
    }
}
