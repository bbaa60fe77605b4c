package dev.berth.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import dev.berth.testing.Command;
import dev.berth.testing.Requires;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Client certificates that are replaced while we talk to a server that wants to see them. */
class RotatedCertificateTest {
    private static final char[] PASSWORD = "password".toCharArray();

    @TempDir
    private Path dir;

    private HttpsServer server;

    @BeforeEach
    void start() throws Exception {
        Requires.program("openssl");
        openssl(
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-keyout",
                "ca.key",
                "-out",
                "ca.crt",
                "-subj",
                "/CN=ca");
        issue("server", "rsa:2048", "30");
        openssl(
                "pkcs12",
                "-export",
                "-in",
                "server.crt",
                "-inkey",
                "server.key",
                "-out",
                "server.p12",
                "-passout",
                "pass:password");
        server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        SSLContext context = context();
        server.setHttpsConfigurator(new HttpsConfigurator(context) {
            @Override
            public void configure(HttpsParameters parameters) {
                SSLParameters asking = context.getDefaultSSLParameters();
                asking.setNeedClientAuth(true);
                parameters.setSSLParameters(asking);
            }
        });
        server.createContext("/", exchange -> {
            try (exchange;
                    OutputStream out = exchange.getResponseBody()) {
                String who = ((HttpsExchange) exchange)
                        .getSSLSession()
                        .getPeerPrincipal()
                        .getName();
                byte[] answer = ("{\"who\": \"" + who + "\"}").getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(200, answer.length);
                out.write(answer);
            }
        });
        server.start();
    }

    private SSLContext context() throws Exception {
        KeyStore own = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(dir.resolve("server.p12"))) {
            own.load(in, PASSWORD);
        }
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(own, PASSWORD);
        KeyStore authorities = KeyStore.getInstance("PKCS12");
        authorities.load(null, null);
        authorities.setCertificateEntry(
                "ca",
                ClientCertificate.certificates(Files.readAllBytes(dir.resolve("ca.crt")))
                        .getFirst());
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(authorities);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }

    @AfterEach
    void stop() {
        if (server != null) {
            server.stop(0);
        }
    }

    private void openssl(String... arguments) {
        List<String> command = new ArrayList<>(List.of("sh", "-c", "cd \"$0\" && exec openssl \"$@\"", dir.toString()));
        command.addAll(List.of(arguments));
        Command.Result result = Command.of(command.toArray(String[]::new)).run();
        assertThat(result.exitCode()).as(result.stderr()).isZero();
    }

    /** A certificate and its key, and both in one file {@code NAME.pem} as kubelet has its own. */
    private void issue(String name, String algorithm, String days) throws IOException {
        List<String> request = new ArrayList<>(List.of("req", "-newkey"));
        request.addAll(List.of(algorithm.split(" ")));
        request.addAll(List.of("-nodes", "-keyout", name + ".key", "-out", name + ".csr", "-subj", "/CN=" + name));
        openssl(request.toArray(String[]::new));
        Path extensions = Files.writeString(dir.resolve("extensions"), "subjectAltName=IP:127.0.0.1\n");
        openssl(
                "x509",
                "-req",
                "-in",
                name + ".csr",
                "-CA",
                "ca.crt",
                "-CAkey",
                "ca.key",
                "-CAcreateserial",
                "-days",
                days,
                "-out",
                name + ".crt",
                "-extfile",
                extensions.toString());
        Files.writeString(dir.resolve(name + ".pem"), read(name + ".crt") + read(name + ".key"));
    }

    private String read(String file) throws IOException {
        return Files.readString(dir.resolve(file));
    }

    /** Puts a file in the place of another, whole. */
    private void replace(String file, String content) throws IOException {
        Path part = Files.writeString(dir.resolve(file + ".part"), content);
        Files.move(part, dir.resolve(file), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private Cluster connect(String user) throws IOException {
        Path file = Files.writeString(
                dir.resolve("kubeconfig"), """
                current-context: c
                contexts: [{name: c, context: {cluster: c, user: u}}]
                clusters: [{name: c, cluster: {server: "https://127.0.0.1:%d", certificate-authority: ca.crt}}]
                users: [{name: u, user: %s}]
                """.formatted(server.getAddress().getPort(), user));
        return Cluster.connect(ClusterAddress.of(file));
    }

    private static String who(Cluster cluster) throws ClusterException {
        return cluster.raw("/version").path("who").asText();
    }

    @Test
    void aFileOfCertificateAndKeyThatIsReplacedIsUsed() throws Exception {
        issue("first", "rsa:2048", "30");
        issue("second", "ec -pkeyopt ec_paramgen_curve:prime256v1", "30");
        replace("current.pem", read("first.pem"));
        try (Cluster cluster = connect("{client-certificate: current.pem, client-key: current.pem}")) {
            assertThat(who(cluster)).isEqualTo("CN=first");
            replace("current.pem", read("second.pem"));
            assertThat(who(cluster)).isEqualTo("CN=second");
            // Nothing of this is a reason to fail: the last one is good.
            for (String broken : List.of(
                    "", read("first.crt"), read("first.key"), read("first.crt") + read("second.key"), "nonsense")) {
                replace("current.pem", broken);
                assertThat(who(cluster)).as(broken).isEqualTo("CN=second");
            }
            Files.delete(dir.resolve("current.pem"));
            assertThat(who(cluster)).isEqualTo("CN=second");
            replace("current.pem", read("first.pem"));
            assertThat(who(cluster)).isEqualTo("CN=first");
        }
    }

    @Test
    void filesThatAreReplacedOneAfterTheOtherAreUsedWhenBothAre() throws Exception {
        issue("first", "rsa:2048", "30");
        issue("second", "rsa:2048", "30");
        replace("tls.crt", read("first.crt"));
        replace("tls.key", read("first.key"));
        try (Cluster cluster = connect("{client-certificate: tls.crt, client-key: tls.key}")) {
            assertThat(who(cluster)).isEqualTo("CN=first");
            replace("tls.crt", read("second.crt"));
            assertThat(who(cluster)).isEqualTo("CN=first");
            replace("tls.key", read("second.key"));
            assertThat(who(cluster)).isEqualTo("CN=second");
        }
    }

    @Test
    void aCertificateThatWasNeverGoodIsSaid() throws Exception {
        replace("tls.crt", "nonsense");
        replace("tls.key", "nonsense");
        try (Cluster cluster = connect("{client-certificate: tls.crt, client-key: tls.key}")) {
            assertThatThrownBy(() -> who(cluster)).hasMessageContaining("no certificate in it");
            Files.delete(dir.resolve("tls.crt"));
            assertThatThrownBy(() -> who(cluster))
                    .hasMessageContaining("tls.crt")
                    .hasMessageContaining("can't be read");
        }
        assertThatThrownBy(() -> connect("{client-certificate: ca.crt}")).hasMessageContaining("go together");
    }
}
