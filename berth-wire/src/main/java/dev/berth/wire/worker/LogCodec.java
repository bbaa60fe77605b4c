package dev.berth.wire.worker;

import dev.berth.wire.LogEvent;
import dev.berth.wire.LogField;
import dev.berth.wire.WireException;
import dev.berth.wire.WireInput;
import dev.berth.wire.WireOutput;
import java.io.IOException;
import java.util.List;

/** What a server says while it works (libstore/daemon.cc, TunnelLogger). */
final class LogCodec {
    private LogCodec() {}

    /** Reads the event behind a code that is one's. */
    static LogEvent read(WireInput in, long code) throws IOException {
        if (code == Stderr.NEXT) {
            return new LogEvent.Message(0, in.bytes());
        }
        long id = in.u64();
        if (code == Stderr.STOP_ACTIVITY) {
            return new LogEvent.StopActivity(id);
        }
        if (code == Stderr.RESULT) {
            return new LogEvent.Result(id, in.u32(), readFields(in));
        }
        if (code != Stderr.START_ACTIVITY) {
            throw new WireException("unknown message 0x" + Long.toHexString(code) + " from the daemon");
        }
        return new LogEvent.StartActivity(id, in.u32(), in.u32(), in.text(), readFields(in), in.u64());
    }

    static void write(WireOutput out, LogEvent event) throws IOException {
        switch (event) {
            case LogEvent.Message(long _, byte[] text) -> {
                out.u64(Stderr.NEXT);
                out.bytes(text);
            }
            case LogEvent.StartActivity start -> {
                out.u64(Stderr.START_ACTIVITY);
                out.u64(start.id());
                out.u64(start.level());
                out.u64(start.type());
                out.text(start.text());
                out.list(start.fields(), LogCodec::writeField);
                out.u64(start.parent());
            }
            case LogEvent.StopActivity(long id) -> {
                out.u64(Stderr.STOP_ACTIVITY);
                out.u64(id);
            }
            case LogEvent.Result(long id, long type, List<LogField> fields) -> {
                out.u64(Stderr.RESULT);
                out.u64(id);
                out.u64(type);
                out.list(fields, LogCodec::writeField);
            }
        }
    }

    private static List<LogField> readFields(WireInput in) throws IOException {
        return in.list(LogCodec::readField);
    }

    private static LogField readField(WireInput in) throws IOException {
        return in.number("the type of a field", 1) == 0 ? new LogField.Int(in.u64()) : new LogField.Text(in.bytes());
    }

    private static void writeField(WireOutput out, LogField field) throws IOException {
        switch (field) {
            case LogField.Int(long value) -> {
                out.u64(0);
                out.u64(value);
            }
            case LogField.Text(byte[] bytes) -> {
                out.u64(1);
                out.bytes(bytes);
            }
        }
    }
}
