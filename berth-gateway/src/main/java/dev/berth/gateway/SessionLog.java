package dev.berth.gateway;

import dev.berth.wire.LogEvent;
import dev.berth.wire.LogField;
import dev.berth.wire.LogSink;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** What a session's client is told while the store works, as far as it wants to hear. Any thread. */
final class SessionLog {
    static final int ERROR = 0;
    static final int WARN = 1;
    static final int INFO = 3;

    static final long COPY_PATH = 100;
    static final long OPTIMISE_STORE = 106;
    private static final long PROGRESS = 105;

    private final LogSink sink;
    private final AtomicLong ids = new AtomicLong();
    private volatile long verbosity = INFO;

    SessionLog(LogSink sink) {
        this.sink = sink;
    }

    /** Hears no more than this from now on: Nix's level, 0 to 7. */
    void limitTo(long level) {
        verbosity = level;
    }

    void error(String text) {
        message(ERROR, text);
    }

    void warn(String text) {
        message(WARN, "warning: " + text);
    }

    void info(String text) {
        message(INFO, text);
    }

    private void message(int level, String text) {
        if (level <= verbosity) {
            sink.log(new LogEvent.Message(level, (text + "\n").getBytes(StandardCharsets.UTF_8)));
        }
    }

    /** Begins an activity; its id. */
    long start(long type, String text, String... fields) {
        long id = ids.incrementAndGet();
        List<LogField> all = java.util.Arrays.stream(fields)
                .<LogField>map(field -> new LogField.Text(field.getBytes(StandardCharsets.UTF_8)))
                .toList();
        sink.log(new LogEvent.StartActivity(id, INFO, type, text, all, 0));
        return id;
    }

    /** Says how far an activity is. */
    void progress(long id, long done, long expected) {
        sink.log(new LogEvent.Result(
                id,
                PROGRESS,
                List.of(new LogField.Int(done), new LogField.Int(expected), new LogField.Int(0), new LogField.Int(0))));
    }

    void stop(long id) {
        sink.log(new LogEvent.StopActivity(id));
    }
}
