package dev.berth.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients that are too slow or too many, and the server's end. */
class HttpLimitsTest {
    private static final Duration LONG = Duration.ofHours(1);
    private static final Duration SHORT = Duration.ofMillis(300);

    @TempDir
    private Path directory = Path.of("");

    private Optional<HttpFront> front = Optional.empty();
    private Optional<SampleRoutes> routes = Optional.empty();

    private RawClient start(HttpConfig.Limits limits) throws IOException {
        SampleRoutes sample = new SampleRoutes(Files.write(directory.resolve("file"), new byte[100]));
        HttpFront started = HttpFront.start(
                new HttpConfig("127.0.0.1", 0, Optional.empty(), false, limits), sample, new Metrics("test"));
        front = Optional.of(started);
        routes = Optional.of(sample);
        return connect();
    }

    private static HttpConfig.Limits limits(
            int connections, int requests, Duration idle, Duration headTime, Duration stall) {
        return new HttpConfig.Limits(connections, requests, 1000, 10_000, idle, headTime, stall, 1);
    }

    private RawClient connect() throws IOException {
        return new RawClient(front.orElseThrow().port());
    }

    @AfterEach
    void stop() {
        routes.ifPresent(sample -> sample.gate.countDown());
        front.ifPresent(HttpFront::close);
    }

    @Test
    void whoSendsNothingIsDisconnected() throws IOException {
        try (RawClient client = start(limits(10, 10, LONG, SHORT, LONG))) {
            assertThat(client.isAtEnd()).isTrue();
        }
    }

    @Test
    void whoSendsAHeadTooSlowlyIsDisconnected() throws IOException {
        try (RawClient client = start(limits(10, 10, LONG, SHORT, LONG))) {
            client.get("/quick").answer();
            assertThat(client.send("GET /quick HT").isAtEnd()).isTrue();
        }
    }

    @Test
    void whoAsksNothingMoreIsDisconnected() throws IOException {
        try (RawClient client = start(limits(10, 10, SHORT, LONG, LONG))) {
            client.get("/quick").answer();
            assertThat(client.isAtEnd()).isTrue();
        }
    }

    @Test
    void aBodyThatStallsIsGivenUp() throws IOException {
        try (RawClient client = start(limits(10, 10, LONG, LONG, SHORT))) {
            client.send("PUT /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhello");
            assertThat(client.answer().status()).isEqualTo(408);
            client.stopSending();
            assertThat(client.isAtEnd()).isTrue();
        }
    }

    @Test
    void aReaderThatStallsIsGivenUp() throws IOException, InterruptedException {
        try (RawClient client = start(limits(10, 10, LONG, LONG, SHORT))) {
            client.get("/endless");
            assertThat(routes.orElseThrow().gaveUp.await(60, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void workForAClientThatLeftEnds() throws IOException, InterruptedException {
        RawClient client = start(limits(10, 10, LONG, LONG, LONG));
        client.get("/endless").bytes(1000);
        client.close();
        assertThat(routes.orElseThrow().gaveUp.await(60, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void tooManyRequestsAreToComeAgain() throws IOException, InterruptedException {
        try (RawClient first = start(limits(10, 1, LONG, LONG, LONG));
                RawClient second = connect()) {
            first.get("/slow");
            assertThat(routes.orElseThrow().waiting.await(60, TimeUnit.SECONDS)).isTrue();
            RawClient.Answer busy = second.get("/head-line").answer();
            assertThat(busy.status()).isEqualTo(503);
            assertThat(busy.headers()).containsEntry("retry-after", "1");
            assertThat(second.get("/quick?1").answer().text()).isEqualTo("quick 1");
            routes.orElseThrow().gate.countDown();
            assertThat(first.answer().text()).isEqualTo("slow");
        }
    }

    @Test
    void tooManyConnectionsAreRefused() throws IOException {
        try (RawClient first = start(limits(2, 10, LONG, LONG, LONG));
                RawClient second = connect()) {
            first.get("/quick?1").answer();
            second.get("/quick?2").answer();
            try (RawClient third = connect()) {
                assertThat(third.answer().status()).isEqualTo(503);
                assertThat(third.isAtEnd()).isTrue();
            }
            assertThat(first.get("/quick?3").answer().text()).isEqualTo("quick 3");
        }
    }

    @Test
    void stoppingLetsAnswersEnd() throws IOException, InterruptedException {
        try (RawClient busy = start(limits(10, 10, LONG, LONG, LONG));
                RawClient idle = connect()) {
            idle.get("/quick?1").answer();
            busy.get("/slow");
            assertThat(routes.orElseThrow().waiting.await(60, TimeUnit.SECONDS)).isTrue();
            HttpFront stopping = front.orElseThrow();
            stopping.stopAccepting();
            assertThat(idle.isAtEnd()).isTrue();
            assertThat(stopping.drain(Duration.ZERO)).isBetween(1, 2);
            routes.orElseThrow().gate.countDown();
            RawClient.Answer last = busy.answer();
            assertThat(last.text()).isEqualTo("slow");
            assertThat(last.headers()).containsEntry("connection", "close");
            assertThat(busy.isAtEnd()).isTrue();
            assertThat(stopping.drain(Duration.ofSeconds(60))).isZero();
        }
    }
}
