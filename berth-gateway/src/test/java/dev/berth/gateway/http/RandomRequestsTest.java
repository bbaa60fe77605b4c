package dev.berth.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.testing.Seed;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whatever clients send, they get an answer or the end of the connection, and the server lives on. */
class RandomRequestsTest {
    private static final int REQUESTS = 10_000;

    private AutoCloseable front = () -> {};
    private int port;

    @BeforeEach
    void start() throws IOException {
        HttpFront started = HttpFront.start(
                HttpConfig.of("127.0.0.1", 0), new SampleRoutes(Path.of("/dev/null")), new Metrics("test"));
        front = started;
        port = started.port();
    }

    @AfterEach
    void stop() throws Exception {
        front.close();
    }

    @Test
    void anythingAtAllIsAnsweredOrRefused() throws IOException {
        long seed = Seed.first();
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        for (int sent = 0; sent < REQUESTS; ) {
            int count = random.nextInt(1, 6);
            byte[] request = requests(random, count);
            sent += count;
            try (RawClient client = new RawClient(port)) {
                client.send(request).stopSending();
                for (int status : statuses(client)) {
                    assertThat(status)
                            .as("seed %d, request %d: %s", seed, sent, new String(request, StandardCharsets.ISO_8859_1))
                            .isNotEqualTo(500)
                            .isBetween(200, 599);
                }
            }
        }
        try (RawClient client = new RawClient(port)) {
            assertThat(client.get("/quick?1").answer().text()).isEqualTo("quick 1");
        }
    }

    /** Of all answers until the connection's end, which must come. */
    private static List<Integer> statuses(RawClient client) {
        List<Integer> statuses = new ArrayList<>();
        try {
            while (true) {
                int status = client.answer().status();
                if (status != 100) {
                    statuses.add(status);
                }
            }
        } catch (SocketTimeoutException e) {
            throw new AssertionError("the server neither answers nor ends the connection", e);
        } catch (IOException e) {
            return statuses; // the end
        }
    }

    private static byte[] requests(RandomGenerator random, int count) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < count; i++) {
            String body = "b".repeat(random.nextInt(3) == 0 ? random.nextInt(2000) : 0);
            text.append(one(
                            random, "GET", "GET", "HEAD", "PUT", "POST", "get", "OPTIONS", "DELETE", "PRI", "",
                            "\u00ff"))
                    .append(one(random, " ", " ", " ", " ", "  ", "\t", ""))
                    .append(one(
                            random,
                            "/quick",
                            "/echo",
                            "/none",
                            "/../../etc/passwd",
                            "/%2e%2e/%00",
                            "*",
                            "//",
                            "/%",
                            "x"))
                    .append(random.nextInt(20) == 0 ? "y".repeat(random.nextInt(3000)) : "")
                    .append(one(
                            random,
                            " HTTP/1.1",
                            " HTTP/1.1",
                            " HTTP/1.1",
                            " HTTP/1.0",
                            " HTTP/2.0",
                            " HTTP/9.9",
                            " HTTP/x",
                            ""))
                    .append(one(random, "\r\n", "\r\n", "\r\n", "\n", "\r", ""))
                    .append(one(
                            random,
                            "Host: x\r\n",
                            "Host: x\r\n",
                            "Host: x\r\n",
                            "host:\r\n",
                            "Host: x\r\nHost: y\r\n",
                            ""))
                    .append(one(
                            random,
                            "",
                            "",
                            "Connection: close\r\n",
                            "Connection: keep-alive\r\n",
                            "Expect: 100-continue\r\n",
                            "X\r\n",
                            ": y\r\n",
                            "A: \u0000\r\n",
                            " folded\r\n"))
                    .append(
                            body.isEmpty()
                                    ? ""
                                    : one(
                                            random,
                                            "Content-Length: " + body.length() + "\r\n",
                                            "Content-Length: " + body.length() + "\r\n",
                                            "Transfer-Encoding: chunked\r\n",
                                            "Content-Length: 1\r\n",
                                            "Content-Length: 99999999999999999999\r\n",
                                            "Content-Length: -5\r\n",
                                            "Content-Length: 7\r\nTransfer-Encoding: chunked\r\n"))
                    .append("\r\n")
                    .append(body);
        }
        byte[] bytes = text.toString().getBytes(StandardCharsets.ISO_8859_1);
        for (int flips = random.nextInt(4) == 0 ? random.nextInt(1, 5) : 0; flips > 0; flips--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        }
        return bytes;
    }

    private static String one(RandomGenerator random, String... choices) {
        return choices[random.nextInt(choices.length)];
    }
}
