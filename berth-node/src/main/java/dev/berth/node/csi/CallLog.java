package dev.berth.node.csi;

import dev.berth.nix.StorePath;
import dev.berth.node.pods.PodRef;
import java.util.List;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Gives all log lines of a call the fields {@code namespace}, {@code pod}, {@code volume}, {@code target} and {@code path},
 * as far as they are known, and says what became of calls that change something. The fields are set for the call's thread.
 */
final class CallLog implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CallLog.class);

    private final long start = System.nanoTime();

    private CallLog() {}

    static CallLog of(String volumeId, String target) {
        put("volume", volumeId);
        put("target", target);
        return new CallLog();
    }

    CallLog pod(PodRef pod) {
        put("namespace", pod.namespace());
        put("pod", pod.name());
        return this;
    }

    void paths(List<StorePath> paths) {
        put("path", paths.stream().map(StorePath::toString).collect(Collectors.joining(" ")));
    }

    /** The call did what it was to do. */
    void done(String what) {
        LOG.atInfo()
                .addKeyValue("seconds", Math.round((System.nanoTime() - start) / 1e6) / 1e3)
                .log(what);
    }

    private static void put(String field, String value) {
        if (!value.isEmpty()) {
            MDC.put(field, value);
        }
    }

    /** Ends the call: its fields are gone. */
    @Override
    public void close() {
        MDC.clear();
    }
}
