package dev.berth.wire.worker;

import dev.berth.wire.GuardedTransport;
import dev.berth.wire.LogSink;
import dev.berth.wire.Timeouts;
import dev.berth.wire.Wait;
import dev.berth.wire.WireInput;
import java.io.IOException;

/**
 * What a daemon says before it answers, as {@link Stderr} has the codes: its log goes to a sink, and what is left is the
 * last word.
 */
final class DaemonVoice {
    private final GuardedTransport transport;
    private final Timeouts timeouts;
    private final WireInput in;
    private final Dialect dialect;
    private volatile LogSink log = LogSink.none();

    DaemonVoice(GuardedTransport transport, Timeouts timeouts, WireInput in, Dialect dialect) {
        this.transport = transport;
        this.timeouts = timeouts;
        this.in = in;
        this.dialect = dialect;
    }

    /** From now on this sink takes the log; nobody did before. */
    void log(LogSink sink) {
        log = sink;
    }

    /** Takes what the daemon says, and waits so long for each of its words. */
    Heard hear(Wait wait) throws IOException {
        while (true) {
            if (in.buffered() < 8) {
                transport.readWithin(wait);
            }
            in.startMessage();
            long code = in.u64();
            transport.readWithin(timeouts.waitForRest());
            if (code == Stderr.LAST) {
                return new Heard.Last();
            }
            if (!take(code)) {
                return finalWord(code);
            }
        }
    }

    /** As {@link #hear}, while somebody else says how long may be waited. */
    Heard hearDuringUpload() throws IOException {
        while (true) {
            in.startMessage();
            long code = in.u64();
            if (!take(code)) {
                return finalWord(code);
            }
        }
    }

    private boolean take(long code) throws IOException {
        if (code == Stderr.LAST || code == Stderr.ERROR || code == Stderr.READ) {
            return false;
        }
        log.log(LogCodec.read(in, code));
        return true;
    }

    private Heard finalWord(long code) throws IOException {
        return code == Stderr.LAST
                ? new Heard.Last()
                : code == Stderr.READ ? new Heard.Wanted(in.u64()) : new Heard.Failed(ErrorCodec.read(in, dialect));
    }
}
