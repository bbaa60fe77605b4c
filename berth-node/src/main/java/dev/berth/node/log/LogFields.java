package dev.berth.node.log;

import dev.berth.node.pods.PodRef;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.MDC;

/**
 * Fields of log lines, by their names. A thread has those of what it is at; work that goes on in another thread takes them there.
 *
 * @param all values by names, none of them empty
 */
public record LogFields(Map<String, String> all) {
    /** No fields. */
    public static final LogFields NONE = new LogFields(Map.of());

    /** Copies the map. */
    public LogFields {
        all = Map.copyOf(all);
    }

    /** Those that the lines of this thread have now. */
    public static LogFields ofThisThread() {
        Map<String, String> here = MDC.getCopyOfContextMap();
        return here == null ? NONE : new LogFields(here);
    }

    /** {@code namespace} and {@code pod}, as far as they are known. */
    public static LogFields of(PodRef pod) {
        return NONE.with("namespace", pod.namespace()).with("pod", pod.name());
    }

    /** With one more, unless it is empty. */
    public LogFields with(String name, String value) {
        if (value.isEmpty()) {
            return this;
        }
        Map<String, String> more = new HashMap<>(all);
        more.put(name, value);
        return new LogFields(more);
    }

    /** Those before, until it is closed, by the thread that opened it. */
    public static final class Scope implements AutoCloseable {
        private final LogFields before;

        private Scope(LogFields before) {
            this.before = before;
        }

        @Override
        public void close() {
            MDC.setContextMap(before.all);
        }
    }

    /** Gives these, and no others, to the lines of this thread. */
    public Scope open() {
        Scope scope = new Scope(ofThisThread());
        MDC.setContextMap(all);
        return scope;
    }

    /** The work with these fields, whichever thread does it. */
    public Runnable around(Runnable work) {
        return () -> {
            try (Scope _ = open()) {
                work.run();
            }
        };
    }
}
