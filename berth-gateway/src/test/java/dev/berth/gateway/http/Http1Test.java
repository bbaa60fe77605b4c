package dev.berth.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The server as clients of HTTP/1 see it, whatever they send. */
class Http1Test {
    @TempDir
    private Path directory = Path.of("");

    private Optional<HttpFront> front = Optional.empty();
    private Optional<RawClient> client = Optional.empty();

    @BeforeEach
    void start() throws IOException {
        Path file = Files.write(directory.resolve("file"), SampleRoutes.pattern(2_000_000));
        HttpFront started = HttpFront.start(HttpConfig.of("127.0.0.1", 0), new SampleRoutes(file), new Metrics("test"));
        front = Optional.of(started);
        client = Optional.of(new RawClient(started.port()));
    }

    @AfterEach
    void stop() throws IOException {
        if (client.isPresent()) {
            client.get().close();
        }
        front.ifPresent(HttpFront::close);
    }

    private RawClient client() {
        return client.orElseThrow();
    }

    @Test
    void manyRequestsOnOneConnection() throws IOException {
        for (int i = 0; i < 50; i++) {
            assertThat(client().get("/quick?" + i).answer().text()).isEqualTo("quick " + i);
            assertThat(client().get("/head-line").answer().text()).isEqualTo("GET /head-line Optional[x] false");
        }
        assertThat(client().get("/none").answer().status()).isEqualTo(404);
    }

    @Test
    void pipelinedRequestsAreAnsweredInOrder() throws IOException {
        StringBuilder all = new StringBuilder();
        for (int i = 0; i < 300; i++) {
            all.append("GET /quick?").append(i).append(" HTTP/1.1\r\nHost: x\r\n\r\n");
            all.append("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n")
                    .append(100 + i);
            all.append("HEAD /quick HTTP/1.1\r\nHost: x\r\n\r\n");
        }
        client().send(all.toString());
        for (int i = 0; i < 300; i++) {
            assertThat(client().answer().text()).isEqualTo("quick " + i);
            assertThat(client().answer().text()).isEqualTo(Integer.toString(100 + i));
            assertThat(client().head().status()).isEqualTo(200);
        }
    }

    @Test
    void largeAnswersToManyPipelinedRequestsWait() throws IOException {
        client().send("GET /quick-large HTTP/1.1\r\nHost: x\r\n\r\n".repeat(100));
        for (int i = 0; i < 100; i++) {
            assertThat(client().answer().body()).hasSize(300_000);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/quick", "/long", "/file", "/none", "/head-line"})
    void headIsGetWithoutTheBody(String path) throws IOException {
        RawClient.Answer get = client().get(path).answer();
        RawClient.Answer head =
                client().send("HEAD " + path + " HTTP/1.1\r\nHost: x\r\n\r\n").head();
        get.headers().remove("date");
        head.headers().remove("date");
        assertThat(head.status()).isEqualTo(get.status());
        if (path.equals("/head-line")) {
            get.headers().remove("content-length");
            head.headers().remove("content-length");
        }
        assertThat(head.headers()).isEqualTo(get.headers());
        assertThat(client().get("/quick?still").answer().text()).isEqualTo("quick still");
    }

    @Test
    void bodiesOfKnownAndUnknownLength() throws IOException {
        byte[] expected = SampleRoutes.pattern(SampleRoutes.LONG);
        RawClient.Answer known = client().get("/long").answer();
        assertThat(known.headers()).containsEntry("content-length", Integer.toString(SampleRoutes.LONG));
        assertThat(known.body()).isEqualTo(expected);
        RawClient.Answer unknown = client().get("/unknown").answer();
        assertThat(unknown.headers())
                .containsEntry("transfer-encoding", "chunked")
                .doesNotContainKey("content-length");
        assertThat(unknown.body()).isEqualTo(expected);
        RawClient.Answer none = client().get("/nothing").answer();
        assertThat(none.status()).isEqualTo(204);
        assertThat(none.headers()).doesNotContainKeys("content-length", "transfer-encoding");
        assertThat(client().get("/quick?still").answer().text()).isEqualTo("quick still");
    }

    @Test
    void partsOfFiles() throws IOException {
        ByteArrayOutputStream expected = new ByteArrayOutputStream();
        expected.writeBytes("abc".getBytes(StandardCharsets.UTF_8));
        expected.writeBytes(SampleRoutes.pattern(2_000_000));
        for (int i = 0; i < 5; i++) {
            assertThat(client().get("/file").answer().body()).isEqualTo(expected.toByteArray());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/short", "/cut", "/too-long", "/file-shorter"})
    void anAnswerThatFailsIsCut(String path) throws IOException {
        assertThatThrownBy(() -> client().get(path).answer()).isInstanceOf(IOException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/fails", "/fails-in-body", "/quick-fails", "/quick-malformed"})
    void whatFailsBeforeItsFirstByteIsAnError(String path) throws IOException {
        RawClient.Answer answer = client().get(path).answer();
        assertThat(answer.status()).isEqualTo(500);
        assertThat(answer.text().lines()).hasSize(1);
        assertThat(answer.headers()).doesNotContainKey("x-injected");
        assertThat(client().get("/quick?still").answer().text()).isEqualTo("quick still");
    }

    @Test
    void bodiesOfRequests() throws IOException {
        byte[] body = SampleRoutes.pattern(SampleRoutes.LONG);
        client().send("PUT /echo HTTP/1.1\r\nHost: x\r\nContent-Length: " + body.length + "\r\n\r\n");
        client().send(body);
        RawClient.Answer fixed = client().answer();
        assertThat(fixed.headers()).containsEntry("x-length", Integer.toString(body.length));
        assertThat(fixed.body()).isEqualTo(body);
        client().send("PUT /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
        client().send("5\r\nhello\r\n1;x=y\r\n \r\n5\r\nworld\r\n0\r\nTrailer: x\r\n\r\n");
        RawClient.Answer chunked = client().answer();
        assertThat(chunked.headers()).containsEntry("x-length", "-1");
        assertThat(chunked.text()).isEqualTo("hello world");
        client().send("PUT /echo HTTP/1.1\r\nHost: x\r\n\r\n");
        assertThat(client().answer().headers()).containsEntry("x-length", "0");
    }

    @Test
    void whoAsksBeforeItSendsIsTold() throws IOException {
        String head = " HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";
        client().send("PUT /echo" + head);
        assertThat(client().answer().status()).isEqualTo(100);
        assertThat(client().send("hello").answer().text()).isEqualTo("hello");
        RawClient.Answer refused = client().send("PUT /refuse" + head).answer();
        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.headers()).containsEntry("connection", "close");
    }

    @Test
    void aBodyThatNobodyReads() throws IOException {
        client().send("PUT /refuse HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n");
        assertThat(client().answer().status()).isEqualTo(403);
        client().send(new byte[100_000]);
        assertThat(client().get("/quick?still").answer().text()).isEqualTo("quick still");
        client().send("PUT /refuse HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n");
        RawClient.Answer refused = client().answer();
        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.headers()).containsEntry("connection", "close");
    }

    @Test
    void whoHasSentAllMayEndItsSide() throws IOException {
        client().send("GET /quick?1 HTTP/1.1\r\nHost: x\r\n\r\nGET /long HTTP/1.1\r\nHost: x\r\n\r\n")
                .stopSending();
        assertThat(client().answer().text()).isEqualTo("quick 1");
        assertThat(client().answer().body()).isEqualTo(SampleRoutes.pattern(SampleRoutes.LONG));
        assertThat(client().isAtEnd()).isTrue();
    }

    @Test
    void aBodyThatEndsTooEarly() throws IOException {
        client().send("PUT /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhello")
                .stopSending();
        assertThat(client().answer().status()).isEqualTo(408);
        assertThat(client().isAtEnd()).isTrue();
    }

    @Test
    void aMalformedBody() throws IOException {
        client().send("PUT /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nno-size\r\n");
        assertThat(client().answer().status()).isEqualTo(408);
        assertThat(client().isAtEnd()).isTrue();
    }

    @Test
    void oldClients() throws IOException {
        client().send("GET /quick?1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        assertThat(client().answer().headers()).containsEntry("connection", "keep-alive");
        client().send("GET /unknown HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        RawClient.Answer toTheEnd = client().answer();
        assertThat(toTheEnd.headers()).containsEntry("connection", "close").doesNotContainKey("transfer-encoding");
        assertThat(toTheEnd.body()).isEqualTo(SampleRoutes.pattern(SampleRoutes.LONG));
    }

    @Test
    void oldClientsSeeACutToo() throws IOException {
        client().send("GET /cut HTTP/1.0\r\n\r\n");
        assertThatThrownBy(() -> client().answer())
                .isInstanceOf(IOException.class)
                .isNotInstanceOf(EOFException.class);
    }

    @Test
    void theConnectionIsClosedForWhoWantsIt() throws IOException {
        client().send(
                        "GET /quick?1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\nGET /quick?2 HTTP/1.1\r\nHost: x\r\n\r\n");
        RawClient.Answer answer = client().answer();
        assertThat(answer.text()).isEqualTo("quick 1");
        assertThat(answer.headers()).containsEntry("connection", "close");
        assertThat(client().isAtEnd()).isTrue();
    }

    private void refused(int status, String request) throws IOException {
        try (RawClient other = new RawClient(front.orElseThrow().port())) {
            RawClient.Answer answer = other.send(request).answer();
            assertThat(answer.status()).as(request).isEqualTo(status);
            assertThat(answer.text().lines()).hasSize(1);
        }
    }

    @Test
    void whatIsNoRequestIsRefused() throws IOException {
        refused(414, "GET /" + "x".repeat(9000) + " HTTP/1.1\r\nHost: x\r\n\r\n");
        refused(414, "GET /" + "x".repeat(100_000) + " HTTP/1.1\r\nHost: x\r\n\r\n");
        refused(431, "GET / HTTP/1.1\r\nHost: x\r\nX: " + "x".repeat(40_000) + "\r\n\r\n");
        refused(431, "GET / HTTP/1.1\r\nHost: x\r\n" + "X: x\r\n".repeat(10_000) + "\r\n");
        refused(400, "GET / HTTP/1.1\r\n\r\n");
        refused(400, "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n");
        refused(400, "GET x HTTP/1.1\r\nHost: x\r\n\r\n");
        refused(400, "CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n");
        refused(400, "nonsense\r\n\r\n");
        refused(505, "GET / HTTP/3.0\r\nHost: x\r\n\r\n");
        refused(417, "PUT /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nExpect: rain\r\n\r\n");
        refused(400, "PUT /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n");
        refused(400, "PUT /echo HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n");
    }

    @Test
    void aTargetWithAnAuthority() throws IOException {
        client().send("GET http://x/quick?1 HTTP/1.1\r\nHost: x\r\n\r\n");
        assertThat(client().answer().text()).isEqualTo("quick 1");
        client().send("GET http://x HTTP/1.1\r\nHost: x\r\n\r\n");
        assertThat(client().answer().status()).isEqualTo(404);
    }
}
