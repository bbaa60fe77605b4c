package dev.berth.gateway.http;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Routes that do what tests of the server need. */
final class SampleRoutes implements Routes {
    static final int LONG = 3_000_001;

    private final Path file;
    final CountDownLatch gate = new CountDownLatch(1);
    final CountDownLatch waiting = new CountDownLatch(1);
    final CountDownLatch gaveUp = new CountDownLatch(1);

    /** @param file what {@code /file} sends */
    SampleRoutes(Path file) {
        this.file = file;
    }

    static byte[] pattern(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (i * 31 + (i >> 11));
        }
        return bytes;
    }

    private static HttpReply.Whole text(String text) {
        return new HttpReply.Whole(200, Map.of("content-type", "text/plain"), text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public Optional<HttpReply> quick(HttpRequest request) {
        return switch (request.path()) {
            case "/quick" -> Optional.of(text("quick " + request.query()));
            case "/quick-large" -> Optional.of(new HttpReply.Whole(200, Map.of(), pattern(300_000)));
            case "/quick-fails" -> throw new IllegalStateException("on purpose");
            case "/quick-malformed" ->
                Optional.of(new HttpReply.Whole(200, Map.of("x-a", "1\r\nx-injected: 1"), new byte[0]));
            default -> Optional.empty();
        };
    }

    @Override
    public HttpReply answer(HttpRequest request) throws IOException {
        return switch (request.path()) {
            case "/echo" -> {
                byte[] body = request.body().readAllBytes();
                yield new HttpReply.Whole(200, Map.of("x-length", Long.toString(request.length())), body);
            }
            case "/slow" -> {
                waiting.countDown();
                await(gate);
                yield text("slow");
            }
            case "/head-line" ->
                text(request.method() + " " + request.path() + " " + request.header("host") + " " + request.secure());
            case "/nothing" -> new HttpReply.Whole(204, Map.of(), new byte[0]);
            case "/refuse" -> Replies.line(403, "no");
            case "/fails" -> throw new IllegalStateException("on purpose");
            case "/fails-in-body" ->
                new HttpReply.Streamed(200, Map.of(), OptionalLong.of(LONG), _ -> {
                    throw new IOException("on purpose");
                });
            case "/long" ->
                new HttpReply.Streamed(200, Map.of(), OptionalLong.of(LONG), out -> out.write(pattern(LONG)));
            case "/unknown" ->
                new HttpReply.Streamed(200, Map.of(), OptionalLong.empty(), out -> {
                    byte[] all = pattern(LONG);
                    for (int at = 0; at < all.length; ) {
                        int piece = Math.min(77_777, all.length - at);
                        out.write(all, at, piece);
                        at += piece;
                    }
                });
            case "/short" ->
                new HttpReply.Streamed(200, Map.of(), OptionalLong.of(LONG), out -> out.write(pattern(LONG / 2)));
            case "/too-long" ->
                new HttpReply.Streamed(200, Map.of(), OptionalLong.of(LONG), out -> {
                    out.write(pattern(LONG));
                    out.write(1);
                });
            case "/cut" ->
                new HttpReply.Streamed(200, Map.of(), OptionalLong.empty(), out -> {
                    out.write(pattern(LONG));
                    throw new IOException("on purpose");
                });
            case "/endless" ->
                new HttpReply.Streamed(200, Map.of(), OptionalLong.empty(), out -> {
                    try {
                        byte[] block = new byte[1 << 16];
                        while (true) {
                            out.write(block);
                        }
                    } finally {
                        gaveUp.countDown();
                    }
                });
            case "/file" -> ofFile(0);
            case "/file-shorter" -> ofFile(1);
            default -> Replies.line(404, "nothing is here");
        };
    }

    /** Small parts and large ones, in turn. */
    private HttpReply ofFile(long more) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            long size = channel.size();
            return new HttpReply.Streamed(200, Map.of(), OptionalLong.of(3 + size + more), out -> {
                out.write(new byte[] {'a', 'b', 'c'});
                try (FileChannel in = FileChannel.open(file)) {
                    out.file(in, 0, 10);
                    out.file(in, 10, size - 20);
                    out.file(in, size - 10, 10 + more);
                }
            });
        }
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            if (!latch.await(60, TimeUnit.SECONDS)) {
                throw new IOException("nobody opened the gate");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }
}
