package dev.berth.wire.worker;

import dev.berth.wire.RemoteException;
import dev.berth.wire.WireException;
import dev.berth.wire.WireInput;
import dev.berth.wire.WireOutput;
import java.io.IOException;
import java.util.List;

/** Errors, behind their code: from 1.26 on with level and traces, before with an exit status (libutil/serialise.cc). */
final class ErrorCodec {
    private static final String TYPE = "Error";
    private static final long STATUS = 1;

    private ErrorCodec() {}

    static RemoteException read(WireInput in, Dialect dialect) throws IOException {
        if (!dialect.atLeast(26)) {
            String message = in.text();
            in.u32();
            return new RemoteException(message, 0, List.of(), false);
        }
        String type = in.text();
        if (!type.equals(TYPE)) {
            throw new WireException("an error of an unknown type");
        }
        long level = in.u32();
        in.text();
        String message = in.text();
        noPosition(in);
        List<String> traces = in.list(each -> {
            noPosition(each);
            return each.text();
        });
        return new RemoteException(message, level, traces, false);
    }

    private static void noPosition(WireInput in) throws IOException {
        if (in.u64() != 0) {
            throw new WireException("an error with a position, which no Nix sends");
        }
    }

    static void write(WireOutput out, Dialect dialect, Throwable error) throws IOException {
        if (!dialect.atLeast(26)) {
            out.text(message(error));
            out.u64(STATUS);
            return;
        }
        out.text(TYPE);
        out.u64(error instanceof RemoteException remote ? remote.level() : 0);
        out.text(TYPE);
        out.text(message(error));
        out.u64(0);
        out.list(error instanceof RemoteException remote ? remote.traces() : List.of(), (to, trace) -> {
            to.u64(0);
            to.text(trace);
        });
    }

    private static String message(Throwable error) {
        String message = error.getMessage();
        // A text with half a character can't be written.
        return message == null || message.isEmpty()
                ? "internal error: " + error.getClass().getSimpleName()
                : message;
    }
}
