package dev.berth.wire.worker;

import dev.berth.nix.ContentAddressMethod;
import dev.berth.nix.nar.FileSink;
import dev.berth.nix.nar.NarReader;
import dev.berth.nix.nar.NarSink;
import dev.berth.nix.nar.NarWriter;
import dev.berth.wire.WireException;
import dev.berth.wire.WireInput;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * What clients before 1.25 send to be hashed: a NAR without any length, so that only reading it tells where the next
 * operation begins. A thread of its own reads it to its end, whatever the store does with it.
 */
final class OldDump {
    private final WireInput in;
    private final ContentAddressMethod method;

    /** What the store does with the dump. */
    @FunctionalInterface
    interface Use<T> {
        T with(InputStream dump) throws IOException;
    }

    /** @param method FLAT for the bytes of the file that the NAR is, else the NAR */
    OldDump(WireInput in, ContentAddressMethod method) {
        this.in = in;
        this.method = method;
    }

    /**
     * Lets the store have the dump.
     *
     * @throws WireException if the dump is no NAR, so that the connection can't go on
     */
    <T> T feed(Use<T> use) throws IOException {
        BytePipe pipe = new BytePipe();
        CompletableFuture<Void> parsed = new CompletableFuture<>();
        Thread.ofVirtual().name("berth-wire-dump").start(() -> parse(pipe, parsed));
        T result;
        try {
            result = use.with(pipe.in());
        } catch (IOException | RuntimeException e) {
            finish(pipe, parsed);
            throw e;
        }
        finish(pipe, parsed);
        return result;
    }

    private void parse(BytePipe pipe, CompletableFuture<Void> parsed) {
        try (OutputStream out = pipe.out()) {
            NarSink sink = method == ContentAddressMethod.FLAT
                    ? new FileSink(out, Long.MAX_VALUE, "a flat hash needs a regular file")
                    : new NarWriter(out);
            NarReader.embedded(in.stream()).sendTo(sink);
            parsed.complete(null);
        } catch (IOException | RuntimeException e) {
            parsed.completeExceptionally(e);
        }
    }

    private static void finish(BytePipe pipe, CompletableFuture<Void> parsed) throws IOException {
        pipe.in().close();
        try {
            parsed.join();
        } catch (CompletionException e) {
            Throwable cause = e.getCause();
            throw new WireException(
                    "the upload broke off: " + (cause == null ? e : cause).getMessage(), cause == null ? e : cause);
        }
    }
}
