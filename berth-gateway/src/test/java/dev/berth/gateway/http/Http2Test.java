package dev.berth.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.testing.Requires;
import java.io.IOException;
import java.io.StringWriter;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The server behind TLS, with both versions of HTTP, and HTTP/2 without TLS. */
class Http2Test {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    private Path directory = Path.of("");

    private Optional<HttpFront> front = Optional.empty();
    private Optional<SampleRoutes> routes = Optional.empty();

    private void start(Optional<HttpConfig.Tls> tls) throws IOException {
        SampleRoutes sample = new SampleRoutes(Files.write(directory.resolve("file"), SampleRoutes.pattern(2_000_000)));
        routes = Optional.of(sample);
        front = Optional.of(HttpFront.start(
                new HttpConfig("127.0.0.1", 0, tls, false, HttpConfig.Limits.DEFAULT), sample, new Metrics("test")));
    }

    @BeforeEach
    void makeKey() throws IOException, GeneralSecurityException, OperatorCreationException {
        makeKey("first");
    }

    @AfterEach
    void stop() {
        routes.ifPresent(sample -> sample.gate.countDown());
        front.ifPresent(HttpFront::close);
    }

    private HttpConfig.Tls files() {
        return new HttpConfig.Tls(directory.resolve("cert.pem"), directory.resolve("key.pem"));
    }

    private X509Certificate makeKey(String name)
            throws IOException, GeneralSecurityException, OperatorCreationException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(256);
        KeyPair pair = generator.generateKeyPair();
        X500Name subject = new X500Name("CN=" + name);
        Instant now = Instant.now();
        X509Certificate certificate = new JcaX509CertificateConverter()
                .getCertificate(new JcaX509v3CertificateBuilder(
                                subject,
                                BigInteger.valueOf(now.toEpochMilli()),
                                Date.from(now.minusSeconds(86_400)),
                                Date.from(now.plusSeconds(86_400)),
                                subject,
                                pair.getPublic())
                        .addExtension(
                                Extension.subjectAlternativeName,
                                false,
                                new GeneralNames(new GeneralName(GeneralName.iPAddress, "127.0.0.1")))
                        .build(new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate())));
        Files.writeString(files().key(), pem(new JcaPKCS8Generator(pair.getPrivate(), null)));
        Files.writeString(files().certificate(), pem(certificate));
        return certificate;
    }

    private static String pem(Object thing) throws IOException {
        StringWriter text = new StringWriter();
        try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
            writer.writeObject(thing);
        }
        return text.toString();
    }

    private HttpClient client(HttpClient.Version version) throws IOException, GeneralSecurityException {
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        try (var in = Files.newInputStream(files().certificate())) {
            trusted.setCertificateEntry(
                    "server",
                    java.security.cert.CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, managers.getTrustManagers(), null);
        return HttpClient.newBuilder().version(version).sslContext(context).build();
    }

    private java.net.http.HttpRequest.Builder request(String path) {
        return java.net.http.HttpRequest.newBuilder(
                        URI.create("https://127.0.0.1:" + front.orElseThrow().port() + path))
                .timeout(PATIENCE);
    }

    @ParameterizedTest
    @EnumSource(HttpClient.Version.class)
    void everythingWorksBehindTls(HttpClient.Version version) throws Exception {
        start(Optional.of(files()));
        if (version != HttpClient.Version.HTTP_1_1 && version != HttpClient.Version.HTTP_2) {
            return; // not spoken here
        }
        try (HttpClient client = client(version)) {
            HttpResponse<String> quick = client.send(request("/quick?1").build(), BodyHandlers.ofString());
            assertThat(quick.version()).isEqualTo(version);
            assertThat(quick.body()).isEqualTo("quick 1");
            assertThat(client.send(request("/head-line").build(), BodyHandlers.ofString())
                            .body())
                    .isEqualTo("GET /head-line Optional[127.0.0.1:"
                            + front.orElseThrow().port() + "] true");
            byte[] expected = SampleRoutes.pattern(SampleRoutes.LONG);
            for (String path : List.of("/long", "/unknown")) {
                assertThat(client.send(request(path).build(), BodyHandlers.ofByteArray())
                                .body())
                        .isEqualTo(expected);
            }
            assertThat(client.send(request("/file").build(), BodyHandlers.ofByteArray())
                            .body())
                    .hasSize(2_000_003);
            assertThat(client.send(
                                    request("/echo")
                                            .PUT(BodyPublishers.ofByteArray(expected))
                                            .build(),
                                    BodyHandlers.ofByteArray())
                            .body())
                    .isEqualTo(expected);
            HttpResponse<byte[]> head = client.send(
                    request("/long").method("HEAD", BodyPublishers.noBody()).build(), BodyHandlers.ofByteArray());
            assertThat(head.headers().firstValueAsLong("content-length")).hasValue(SampleRoutes.LONG);
            assertThat(head.body()).isEmpty();
            assertThat(client.send(request("/fails").build(), BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(500);
            assertThat(client.send(request("/nothing").build(), BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(204);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/short", "/cut", "/too-long", "/file-shorter"})
    void aStreamThatFailsIsReset(String path) throws Exception {
        start(Optional.of(files()));
        try (HttpClient client = client(HttpClient.Version.HTTP_2)) {
            assertThatThrownBy(() -> client.send(request(path).build(), BodyHandlers.ofByteArray()))
                    .isInstanceOf(IOException.class);
            assertThat(client.send(request("/quick?still").build(), BodyHandlers.ofString())
                            .body())
                    .isEqualTo("quick still");
        }
    }

    @Test
    void aSlowStreamHoldsNoOtherBack() throws Exception {
        start(Optional.of(files()));
        try (HttpClient client = client(HttpClient.Version.HTTP_2)) {
            CompletableFuture<HttpResponse<String>> slow =
                    client.sendAsync(request("/slow").build(), BodyHandlers.ofString());
            assertThat(routes.orElseThrow().waiting.await(60, TimeUnit.SECONDS)).isTrue();
            List<CompletableFuture<HttpResponse<byte[]>>> others = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                others.add(client.sendAsync(request("/long").build(), BodyHandlers.ofByteArray()));
            }
            for (CompletableFuture<HttpResponse<byte[]>> other : others) {
                assertThat(other.get(60, TimeUnit.SECONDS).body()).hasSize(SampleRoutes.LONG);
            }
            front.orElseThrow().stopAccepting();
            routes.orElseThrow().gate.countDown();
            assertThat(slow.get(60, TimeUnit.SECONDS).body()).isEqualTo("slow");
            assertThat(front.orElseThrow().drain(PATIENCE)).isZero();
        }
    }

    @Test
    void aNewCertificateIsTaken() throws Exception {
        start(Optional.of(files()));
        Files.writeString(files().certificate(), "broken");
        X509Certificate second = makeKey("second");
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try (HttpClient client = client(HttpClient.Version.HTTP_2)) {
                HttpResponse<String> answer = client.send(request("/quick?1").build(), BodyHandlers.ofString());
                assertThat(answer.sslSession().orElseThrow().getPeerCertificates())
                        .containsExactly(second);
                return;
            } catch (IOException e) {
                if (System.nanoTime() - deadline > 0) {
                    throw e;
                }
                Thread.sleep(50); // the server has the first one still
            }
        }
    }

    @Test
    void filesWithoutAKeyAreRefused() throws IOException {
        Files.writeString(files().key(), "no key");
        assertThatThrownBy(() -> start(Optional.of(files())))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no certificate and key in");
        assertThatThrownBy(() ->
                        start(Optional.of(new HttpConfig.Tls(directory.resolve("none"), directory.resolve("key.pem")))))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("none");
    }

    @Test
    void http2WithoutTls() throws Exception {
        Requires.program("curl");
        start(Optional.empty());
        Path out = directory.resolve("out");
        assertThat(curl(out, "/long")).isEqualTo("2 200");
        assertThat(Files.readAllBytes(out)).isEqualTo(SampleRoutes.pattern(SampleRoutes.LONG));
        assertThat(curl(out, "/quick")).isEqualTo("2 200");
        assertThat(curl(out, "/echo", "-T", directory.resolve("file").toString()))
                .isEqualTo("2 200");
        assertThat(Files.readAllBytes(out)).isEqualTo(SampleRoutes.pattern(2_000_000));
    }

    private String curl(Path out, String path, String... more) throws IOException, InterruptedException {
        List<String> line = new ArrayList<>(List.of(
                "curl",
                "--silent",
                "--max-time",
                "60",
                "--http2-prior-knowledge",
                "--output",
                out.toString(),
                "--write-out",
                "%{http_version} %{http_code}"));
        line.addAll(List.of(more));
        line.add("http://127.0.0.1:" + front.orElseThrow().port() + path);
        Process process = new ProcessBuilder(line)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        return said;
    }
}
