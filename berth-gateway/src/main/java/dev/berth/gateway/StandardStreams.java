package dev.berth.gateway;

import dev.berth.wire.SessionLimits;
import dev.berth.wire.StoreService;
import dev.berth.wire.Transport;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves the one client at standard input and output: {@code nix-daemon --stdio}. */
public final class StandardStreams {
    private static final Logger LOG = LoggerFactory.getLogger(StandardStreams.class);

    private StandardStreams() {}

    /** Serves until the client leaves. Nothing else may use the two streams. */
    public static void serve(StoreService store, Role role, SessionLimits limits) {
        new StoreSessions(store, limits).worker(role, new Streams());
    }

    private static final class Streams implements Transport {
        private final FileInputStream in = new FileInputStream(FileDescriptor.in);
        private final FileOutputStream out = new FileOutputStream(FileDescriptor.out);

        @Override
        public InputStream in() {
            return in;
        }

        @Override
        public OutputStream out() {
            return out;
        }

        @Override
        public String peer() {
            return "the client at standard input";
        }

        @Override
        public void close() {
            try (in;
                    out) {
                LOG.debug("the client at standard input leaves");
            } catch (IOException e) {
                LOG.debug("closing standard streams: {}", e.getMessage());
            }
        }
    }
}
