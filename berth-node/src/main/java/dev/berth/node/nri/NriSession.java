package dev.berth.node.nri;

import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import dev.berth.node.nri.ttrpc.SocketConnection;
import dev.berth.node.nri.ttrpc.Trunk;
import dev.berth.node.nri.ttrpc.TtrpcClient;
import dev.berth.node.nri.ttrpc.TtrpcException;
import dev.berth.node.nri.ttrpc.TtrpcServer;
import dev.berth.node.nri.v1alpha1.Empty;
import dev.berth.node.nri.v1alpha1.RegisterPluginRequest;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One connection to a runtime, from registering to its end. */
final class NriSession implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(NriSession.class);
    private static final String RUNTIME = "nri.pkg.api.v1alpha1.Runtime";

    /** The connections of the trunk: on one the runtime calls the plugin, on the other the plugin the runtime. */
    private static final int PLUGIN_CONNECTION = 1;

    private static final int RUNTIME_CONNECTION = 2;

    /** The version of NRI that the messages are of. */
    private static final String NRI_VERSION = "v0.12.0";

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration STALL = Duration.ofSeconds(10);

    /** Runtimes synchronize when no pods are being made at the moment, which may take a while. */
    private static final Duration SYNCHRONIZE_TIMEOUT = Duration.ofMinutes(2);

    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(10);

    /** What a session tells while it lasts. */
    interface Listener {
        void configured(NriSession session, NriRuntime runtime);

        void synchronizedNow(NriSession session);
    }

    private final Trunk trunk;
    private final TtrpcServer server;
    private final TtrpcClient client;
    private final AtomicReference<String> end = new AtomicReference<>("");
    private final CountDownLatch ended = new CountDownLatch(1);
    private final CountDownLatch synchronizedOrEnded = new CountDownLatch(1);

    private NriSession(
            SocketConnection socket,
            NriHandler handler,
            EventQueue queue,
            Counters counters,
            boolean doubting,
            Listener listener) {
        this.trunk = Trunk.start(socket, STALL, PLUGIN_CONNECTION, RUNTIME_CONNECTION);
        PluginService plugin = new PluginService(handler, queue, counters, doubting, new PluginService.Listener() {
            @Override
            public void configured(NriRuntime runtime) {
                listener.configured(NriSession.this, runtime);
            }

            @Override
            public void synchronizedNow() {
                listener.synchronizedNow(NriSession.this);
                synchronizedOrEnded.countDown();
            }

            @Override
            public void lost(String why) {
                end(why);
            }
        });
        this.server = new TtrpcServer(
                trunk.connection(PLUGIN_CONNECTION), STALL, Map.of(PluginService.NAME, plugin.methods()), this::late);
        this.client = new TtrpcClient(trunk.connection(RUNTIME_CONNECTION), STALL);
        Thread.ofVirtual().name("nri-plugin").start(this::serve);
    }

    /**
     * Connects to the runtime, ready for its calls, which come after {@link #run} has registered.
     *
     * @param doubting whether to give up when it is not certain that the runtime got its answers in time
     * @throws IOException if nobody listens
     */
    static NriSession connect(
            Path socket, NriHandler handler, EventQueue queue, Counters counters, boolean doubting, Listener listener)
            throws IOException {
        return new NriSession(
                SocketConnection.connect(socket, CONNECT_TIMEOUT), handler, queue, counters, doubting, listener);
    }

    /**
     * Registers, and returns when the connection has ended.
     *
     * @return why it ended, one line
     * @throws TtrpcException if the runtime refuses the plugin
     */
    String run(String name, String index) throws TtrpcException, InterruptedException {
        RegisterPluginRequest request = RegisterPluginRequest.newBuilder()
                .setPluginName(name)
                .setPluginIdx(index)
                .setNRIVersion(NRI_VERSION)
                .build();
        call("RegisterPlugin", request, Empty.parser());
        if (!synchronizedOrEnded.await(SYNCHRONIZE_TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
            end("the runtime did not tell of its pods within " + SYNCHRONIZE_TIMEOUT.toSeconds() + " s");
        }
        ended.await();
        return end.get();
    }

    /** Calls the runtime. */
    <T> T call(String method, MessageLite request, Parser<T> answers) throws TtrpcException, InterruptedException {
        return client.call(RUNTIME, method, request, answers, CALL_TIMEOUT);
    }

    /**
     * A runtime that has waited in vain for another answer ends the connection; but with NRI 0.6 it keeps one whose plugin did
     * not synchronize in time, and never calls that plugin.
     */
    private void late(String method) {
        LOG.warn("NRI: the answer to {} came too late for the runtime", method);
        if (method.equals("Synchronize")) {
            end("the runtime was answered too late to synchronize");
        }
    }

    private void serve() {
        String why = "the runtime has closed the connection";
        try {
            server.serve();
        } catch (IOException e) {
            why = String.valueOf(e.getMessage());
        } finally {
            end(why);
        }
    }

    private void end(String why) {
        end.compareAndSet("", why);
        ended.countDown();
        synchronizedOrEnded.countDown();
        trunk.close();
    }

    @Override
    public void close() {
        end("the agent has closed the connection");
        client.close();
        server.close();
    }
}
