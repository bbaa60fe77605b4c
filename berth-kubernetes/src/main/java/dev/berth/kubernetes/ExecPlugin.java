package dev.berth.kubernetes;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Console;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A program that says who we are, as client-go runs it: {@code client.authentication.k8s.io}, versions v1 and v1beta1. What it
 * writes to its standard error goes to ours, so that it can tell the user what to do; so does our standard input to it,
 * unless it is said not to need that.
 */
final class ExecPlugin implements Credentials {
    private static final Pattern VERSION = Pattern.compile("client\\.authentication\\.k8s\\.io/(v1|v1beta1)");
    /** Long enough for somebody to log in by a browser. */
    private static final Duration LIMIT = Duration.ofMinutes(5);

    private static final int LARGEST_ANSWER = 1 << 20;
    /** A credential that ends so soon is not used any more. */
    private static final Duration LEAST = Duration.ofSeconds(10);

    private final Fields fields;
    private final List<String> command;
    private final String apiVersion;
    private final String information;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable Material known;
    private Instant until = Instant.MAX;

    private ExecPlugin(Fields fields, List<String> command, String apiVersion, String information) {
        this.fields = fields;
        this.command = command;
        this.apiVersion = apiVersion;
        this.information = information;
    }

    static ExecPlugin of(Fields exec, JsonNode cluster) throws ClusterException {
        String program = exec.text("command").orElseThrow(() -> exec.error("exec has no command"));
        String apiVersion = exec.text("apiVersion").orElse("");
        if (!VERSION.matcher(apiVersion).matches()) {
            throw exec.error("exec has the apiVersion '" + Text.line(apiVersion)
                    + "': only client.authentication.k8s.io/v1 and v1beta1 are supported");
        }
        List<String> command = new ArrayList<>();
        // A path is relative to the file; a name without a slash is searched for.
        command.add(
                program.contains("/")
                        ? exec.file().toAbsolutePath().resolveSibling(program).toString()
                        : program);
        exec.value().path("args").forEach(argument -> command.add(argument.asText()));
        ObjectNode information = new ObjectMapper().createObjectNode().put("kind", "ExecCredential");
        information.put("apiVersion", apiVersion);
        ObjectNode spec = information.putObject("spec").put("interactive", interactive(exec));
        if (exec.flag("provideClusterInfo")) {
            spec.set("cluster", cluster);
        }
        return new ExecPlugin(exec, command, apiVersion, information.toString());
    }

    private static boolean interactive(Fields exec) {
        return terminal() && !exec.value().path("interactiveMode").asText("").equals("Never");
    }

    @SuppressWarnings("SystemConsoleNull") // since JDK 25 it is null again where there is no terminal
    private static boolean terminal() {
        Console console = System.console();
        return console != null && console.isTerminal();
    }

    @Override
    public Material current() throws ClusterException {
        lock.lock();
        try {
            Material material = known;
            if (material == null || Instant.now().isAfter(until)) {
                material = read(run());
                known = material;
            }
            return material;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean refused() {
        lock.lock();
        try {
            known = null;
            return true;
        } finally {
            lock.unlock();
        }
    }

    private byte[] run() throws ClusterException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.redirectInput(
                interactive(fields)
                        ? ProcessBuilder.Redirect.INHERIT
                        : ProcessBuilder.Redirect.from(new File("/dev/null")));
        fields.value()
                .path("env")
                .forEach(pair -> builder.environment()
                        .put(pair.path("name").asText(), pair.path("value").asText()));
        builder.environment().put("KUBERNETES_EXEC_INFO", information);
        Process process;
        try {
            process = builder.start();
        } catch (IOException e) {
            String hint = fields.text("installHint")
                    .map(text -> ": " + Text.line(text))
                    .orElse("");
            throw error("can't be run: is it installed and on the PATH?" + hint);
        }
        try {
            CompletableFuture<byte[]> output = new CompletableFuture<>();
            Thread.startVirtualThread(() -> {
                try (InputStream in = process.getInputStream()) {
                    output.complete(in.readNBytes(LARGEST_ANSWER + 1));
                } catch (IOException e) {
                    output.completeExceptionally(e);
                }
            });
            byte[] answer = output.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
            if (answer.length > LARGEST_ANSWER) {
                throw error("says more than a credential can be");
            }
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                throw error("has closed its output but does not end");
            }
            if (process.exitValue() != 0) {
                throw error("failed (exit code " + process.exitValue() + "): log in with it, or see what it says");
            }
            return answer;
        } catch (TimeoutException e) {
            throw error("gave no credential within " + LIMIT.toMinutes() + " minutes");
        } catch (ExecutionException e) {
            throw error("can't be read from: " + Text.line(String.valueOf(e.getCause())));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw error("was interrupted");
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    private Material read(byte[] answer) throws ClusterException {
        JsonNode credential;
        try {
            credential = new ObjectMapper().readTree(answer);
        } catch (JsonProcessingException e) {
            throw error("did not answer with JSON");
        } catch (IOException e) {
            throw error("can't be read from: " + Text.line(e.getMessage()));
        }
        if (!credential.path("kind").asText().equals("ExecCredential")
                || !credential.path("apiVersion").asText().equals(apiVersion)) {
            throw error("did not answer with an ExecCredential of " + apiVersion);
        }
        JsonNode status = credential.path("status");
        String token = status.path("token").asText("");
        String certificate = status.path("clientCertificateData").asText("");
        String key = status.path("clientKeyData").asText("");
        if (token.isEmpty() && (certificate.isEmpty() || key.isEmpty())) {
            throw error("gave neither a token nor a certificate with its key");
        }
        until = until(status.path("expirationTimestamp").asText(""));
        return new Material(
                token.isEmpty() ? Optional.empty() : Optional.of("Bearer " + token),
                certificate.isEmpty()
                        ? Optional.empty()
                        : Optional.of(new ClientCertificate(certificate, key, "the certificate of " + what())));
    }

    private Instant until(String expiration) throws ClusterException {
        if (expiration.isEmpty()) {
            return Instant.MAX;
        }
        try {
            return Instant.parse(expiration).minus(LEAST);
        } catch (DateTimeException e) {
            throw error("gave an expirationTimestamp that is none: " + Text.line(expiration));
        }
    }

    private String what() {
        return "the credential plugin '" + Text.line(command.getFirst()) + "'";
    }

    private ClusterException error(String what) {
        return fields.error(what() + " " + what);
    }
}
