package dev.berth.deploy.validate;

import dev.berth.kubernetes.ApiResource;
import dev.berth.kubernetes.Cluster;
import dev.berth.kubernetes.ClusterAddress;
import dev.berth.kubernetes.ClusterException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * An API server with an etcd of its own, on ports of the loopback interface that were free, with its files in a temporary
 * directory. All of it goes when it is closed, or when this process ends by a signal that can be caught; its processes go however
 * this one ends.
 *
 * <p>It admits what a cluster with everything else in place would admit: service accounts, priority classes and runtime classes
 * need not exist, and webhooks that are applied are not called.
 */
final class ThrowawayServer implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofMinutes(2);
    private static final Duration END_LIMIT = Duration.ofSeconds(10);
    /**
     * Becomes a program that is killed when its standard input ends, which it does however this process ends. Who is killed is
     * known by the directory in proc, not by a number, which somebody else may have by then.
     */
    private static final String UNTIL_INPUT_ENDS = """
            exec 3<&0
            ( cd "/proc/$$" && cat <&3; [ ! -e stat ] || kill -KILL "$$" ) >/dev/null 2>&1 &
            exec "$@" 3<&- </dev/null""";

    private static final String NOT_ASKED =
            "ServiceAccount,Priority,RuntimeClass,MutatingAdmissionWebhook,ValidatingAdmissionWebhook";

    private static final ApiResource NAMESPACES =
            new ApiResource("", "v1", "Namespace", "namespaces", false, Set.of("get"));

    private final Path directory;
    private final List<Process> processes = new ArrayList<>();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final Thread atExit = new Thread(this::end, "end of the throw-away API server");

    private ThrowawayServer(Path directory) {
        this.directory = directory;
    }

    /**
     * Starts it, and returns when it is ready.
     *
     * @param dualStack whether Services may have addresses of both families
     */
    static ThrowawayServer start(ServerPrograms programs, boolean dualStack) throws IOException {
        ThrowawayServer server = new ThrowawayServer(Files.createTempDirectory("berth-validate"));
        Runtime.getRuntime().addShutdownHook(server.atExit);
        try {
            server.launch(programs, dualStack);
            return server;
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e;
        }
    }

    private void launch(ServerPrograms programs, boolean dualStack) throws IOException {
        String client = "http://127.0.0.1:" + freePort();
        String peer = "http://127.0.0.1:" + freePort();
        int port = freePort();
        run(
                "etcd",
                List.of(
                        programs.etcd().toString(),
                        "--data-dir=" + directory.resolve("etcd"),
                        "--unsafe-no-fsync",
                        "--listen-client-urls=" + client,
                        "--advertise-client-urls=" + client,
                        "--listen-peer-urls=" + peer,
                        "--initial-advertise-peer-urls=" + peer,
                        "--initial-cluster=default=" + peer));
        byte[] random = new byte[32];
        new SecureRandom().nextBytes(random);
        String token = HexFormat.of().formatHex(random);
        Files.writeString(directory.resolve("tokens"), token + ",berth,berth,system:masters\n");
        Files.writeString(directory.resolve("account.key"), accountKey());
        List<String> command = new ArrayList<>(List.of(
                programs.apiServer().toString(),
                "--etcd-servers=" + client,
                "--bind-address=127.0.0.1",
                "--secure-port=" + port,
                "--advertise-address=192.0.2.1",
                "--endpoint-reconciler-type=none",
                "--cert-dir=" + directory.resolve("certificates"),
                "--token-auth-file=" + directory.resolve("tokens"),
                "--anonymous-auth=false",
                "--authorization-mode=AlwaysAllow",
                "--disable-admission-plugins=" + NOT_ASKED,
                "--service-account-key-file=" + directory.resolve("account.key"),
                "--service-account-signing-key-file=" + directory.resolve("account.key"),
                "--service-account-issuer=https://kubernetes.default.svc",
                "--allow-privileged=true",
                "--service-cluster-ip-range=198.18.0.0/16" + (dualStack ? ",fd00:198:18::/112" : "")));
        if (dualStack && before(programs, 21)) {
            command.add("--feature-gates=IPv6DualStack=true");
        }
        run("kube-apiserver", command);
        awaitReady(port, token);
    }

    private static boolean before(ServerPrograms programs, int minor) throws IOException {
        Process process = new ProcessBuilder(programs.apiServer().toString(), "--version")
                .redirectErrorStream(true)
                .start();
        try (var out = process.getInputStream()) {
            String version = new String(out.readNBytes(1000), StandardCharsets.UTF_8);
            return version.matches("(?s)Kubernetes v1\\.[0-9]{1,4}\\..*")
                    && Integer.parseInt(version.split("\\.", -1)[1]) < minor;
        } finally {
            process.destroyForcibly();
        }
    }

    private void run(String name, List<String> command) throws IOException {
        synchronized (processes) {
            if (closed.get()) {
                throw new IOException("interrupted");
            }
            List<String> watched = new ArrayList<>(List.of("sh", "-c", UNTIL_INPUT_ENDS, "sh"));
            watched.addAll(command);
            processes.add(new ProcessBuilder(watched)
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve(name + ".log").toFile())
                    .start());
        }
    }

    /** A connection to it, which the caller closes. */
    Cluster connect() throws ClusterException {
        return Cluster.connect(ClusterAddress.of(directory.resolve("config")));
    }

    private void awaitReady(int port, String token) throws IOException {
        Path certificate = directory.resolve("certificates/apiserver.crt");
        Files.writeString(directory.resolve("config"), """
                apiVersion: v1
                kind: Config
                clusters: [{name: it, cluster: {server: "https://127.0.0.1:%d", certificate-authority: "%s"}}]
                users: [{name: it, user: {token: "%s"}}]
                contexts: [{name: throw-away, context: {cluster: it, user: it}}]
                current-context: throw-away
                """.formatted(port, certificate, token));
        long deadline = System.nanoTime() + START_LIMIT.toNanos();
        while (true) {
            for (Process process : processes) {
                if (!process.isAlive()) {
                    throw failed("ended at once");
                }
            }
            if (Files.exists(certificate)) {
                try (Cluster cluster = connect()) {
                    // Which it makes itself, when it has done everything else.
                    if (cluster.get(NAMESPACES, "", "default").isPresent()) {
                        return;
                    }
                } catch (ClusterException e) {
                    if (System.nanoTime() > deadline) {
                        throw new IOException(failed("is not ready").getMessage() + ": " + e.getMessage(), e);
                    }
                }
            }
            if (System.nanoTime() > deadline) {
                throw failed("is not ready");
            }
            try {
                Thread.sleep(100);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while the API server started", e);
            }
        }
    }

    /** Which of them, and what it said last. */
    private IOException failed(String what) throws IOException {
        boolean etcd = !processes.getFirst().isAlive();
        String name = etcd ? "etcd" : "kube-apiserver";
        List<String> said = Files.readString(directory.resolve(name + ".log"), StandardCharsets.ISO_8859_1)
                .lines()
                .filter(line -> !line.isBlank())
                .toList();
        String last = said.isEmpty() ? "nothing" : said.getLast().replaceAll("\\p{Cntrl}", " ");
        return new IOException("the throw-away " + name + " " + what + "; it said last: "
                + (last.length() > 300 ? last.substring(0, 300) + "…" : last));
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static String accountKey() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(2048);
            byte[] key = generator.generateKeyPair().getPrivate().getEncoded();
            return "-----BEGIN PRIVATE KEY-----\n"
                    + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key)
                    + "\n-----END PRIVATE KEY-----\n";
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has RSA", e);
        }
    }

    @Override
    public void close() throws IOException {
        end();
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException e) {
            // The process is ending: the hook runs, or has run.
        }
    }

    /** Ends the processes, the API server first, and deletes the files. */
    private void end() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        synchronized (processes) {
            for (Process process : processes.reversed()) {
                process.destroy();
            }
            for (Process process : processes.reversed()) {
                try {
                    if (!process.waitFor(END_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                        process.destroyForcibly().waitFor();
                    }
                } catch (InterruptedException e) {
                    process.destroyForcibly();
                    Thread.currentThread().interrupt();
                }
            }
        }
        try {
            delete();
        } catch (IOException e) {
            System.err.println("berth: " + directory + " can't be deleted: " + e.getMessage());
        }
    }

    private void delete() throws IOException {
        Files.walkFileTree(directory, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.deleteIfExists(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, IOException e) throws IOException {
                Files.deleteIfExists(visited);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
