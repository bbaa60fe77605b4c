package dev.berth.wire;

/** Takes what a store says while it works. May be called by any thread; must not block for long. */
@FunctionalInterface
public interface LogSink {
    /** Takes one event. */
    void log(LogEvent event);

    /** Drops everything. */
    static LogSink none() {
        return event -> {};
    }
}
