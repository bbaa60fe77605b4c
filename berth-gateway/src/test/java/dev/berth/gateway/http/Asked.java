package dev.berth.gateway.http;

import dev.berth.gateway.KeptNar;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What routes answered, without a server between. As a server does, it asks for the quick answer first.
 *
 * @param files how many bytes came as parts of files
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Asked(int status, Map<String, String> headers, byte[] body, boolean quick, long files) {
    /** A request about to be made. */
    static final class Of {
        private final Routes routes;
        private final Map<String, List<String>> headers = new HashMap<>(Map.of("host", List.of("cache.example:8080")));
        private byte[] body = {};

        Of(Routes routes) {
            this.routes = routes;
        }

        Of header(String name, String value) {
            headers.put(name, List.of(value));
            return this;
        }

        Of token(String token) {
            return header("authorization", "Bearer " + token);
        }

        Of password(String token) {
            byte[] pair = ("anyone:" + token).getBytes(StandardCharsets.UTF_8);
            return header("authorization", "Basic " + Base64.getEncoder().encodeToString(pair));
        }

        Of body(byte[] bytes) {
            body = bytes.clone();
            return this;
        }

        Asked get(String target) throws IOException {
            return ask("GET", target);
        }

        /** Asks until the answer comes from memory. */
        Asked quickly(String target) throws IOException {
            long deadline = System.nanoTime() + 60_000_000_000L;
            for (Asked asked = get(target); ; asked = get(target)) {
                if (asked.quick()) {
                    return asked;
                }
                if (System.nanoTime() - deadline > 0) {
                    throw new AssertionError(target + " was never answered from memory");
                }
            }
        }

        Asked head(String target) throws IOException {
            return ask("HEAD", target);
        }

        Asked put(String target, String text) throws IOException {
            return body(text.getBytes(StandardCharsets.UTF_8)).ask("PUT", target);
        }

        Asked ask(String method, String target) throws IOException {
            int mark = target.indexOf('?');
            HttpRequest request = new HttpRequest(
                    method,
                    mark < 0 ? target : target.substring(0, mark),
                    mark < 0 ? "" : target.substring(mark + 1),
                    headers,
                    false,
                    body.length,
                    new ByteArrayInputStream(body));
            Optional<HttpReply> quick = routes.quick(request);
            HttpReply reply = quick.isPresent() ? quick.get() : routes.answer(request);
            return switch (reply) {
                case HttpReply.Whole whole ->
                    new Asked(whole.status(), whole.headers(), whole.body(), quick.isPresent(), 0);
                case HttpReply.Kept kept -> {
                    try (KeptNar nar = kept.nar()) {
                        ByteBuffer bytes = ByteBuffer.allocate(nar.length());
                        while (bytes.hasRemaining()
                                && nar.channel().read(bytes, nar.offset() + bytes.position()) > 0) {}
                        yield new Asked(kept.status(), kept.headers(), bytes.array(), true, bytes.position());
                    }
                }
                case HttpReply.Streamed streamed -> {
                    Sent sent = new Sent();
                    if (!method.equals("HEAD")) {
                        streamed.body().writeTo(sent);
                        if (streamed.length().isPresent() && streamed.length().getAsLong() != sent.bytes.size()) {
                            throw new AssertionError("announced " + streamed.length() + ", sent " + sent.bytes.size());
                        }
                    }
                    Map<String, String> headers = new HashMap<>(streamed.headers());
                    streamed.length().ifPresent(length -> headers.put("content-length", Long.toString(length)));
                    yield new Asked(streamed.status(), headers, sent.bytes.toByteArray(), false, sent.files);
                }
            };
        }
    }

    private static final class Sent extends BodyOutput {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private long files;

        @Override
        public void write(byte[] from, int offset, int length) {
            bytes.write(from, offset, length);
        }

        @Override
        void file(FileChannel file, long offset, long length) throws IOException {
            ByteBuffer buffer = ByteBuffer.allocate((int) length);
            while (buffer.hasRemaining()) {
                if (file.read(buffer, offset + buffer.position()) < 0) {
                    throw new IOException("the file is too short");
                }
            }
            buffer.flip();
            Channels.newChannel(bytes).write(buffer);
            files += length;
        }
    }

    String text() {
        return new String(body, StandardCharsets.UTF_8);
    }

    String header(String name) {
        return headers.getOrDefault(name, "");
    }
}
