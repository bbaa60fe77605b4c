package dev.berth.cli;

import dev.berth.deploy.render.DeploymentScripts;
import dev.berth.deploy.render.ManifestWriter;
import dev.berth.deploy.render.Rendered;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Runs what modules say is to run around a deployment, on this machine, with the manifest as a file. */
final class DeployScripts implements AutoCloseable {
    private final Rendered rendered;
    private final PrintWriter out;
    private final Path manifest;

    /** @param out gets what the scripts print */
    DeployScripts(Rendered rendered, PrintWriter out) throws IOException {
        this.rendered = rendered;
        this.out = out;
        this.manifest = Files.createTempFile("berth-manifest", ".json"); // for its owner only
        Files.writeString(manifest, ManifestWriter.json(rendered.objects()));
    }

    /** What runs before everything. @throws IOException if it fails */
    void before() throws IOException {
        DeploymentScripts scripts = rendered.settings().scripts();
        run("berth.preDeployScript", scripts.preDeployScript());
        run(
                "berth.preApplyCommand",
                scripts.preApplyCommand().map(command -> command + " \"$@\"").orElse(""));
    }

    /** What runs after everything. @throws IOException if it fails */
    void after() throws IOException {
        run("berth.postDeployScript", rendered.settings().scripts().postDeployScript());
    }

    private void run(String what, String script) throws IOException {
        if (script.isBlank()) {
            return;
        }
        ProcessBuilder builder =
                new ProcessBuilder("bash", "-euo", "pipefail", "-c", script, what, manifest.toString());
        for (String prefix : new String[] {"BERTH", "EKN"}) {
            builder.environment().put(prefix + "_MANIFEST", manifest.toString());
            builder.environment()
                    .put(
                            prefix + "_ENVIRONMENT",
                            rendered.settings().environment().orElse(""));
            builder.environment()
                    .put(
                            prefix + "_CACHE_PUSH",
                            String.join(" ", rendered.settings().cache().pushTo()));
        }
        Process process = builder.redirectErrorStream(true).start();
        process.getOutputStream().close();
        try (InputStream printed = process.getInputStream()) {
            byte[] piece = new byte[8192];
            for (int n = printed.read(piece); n >= 0; n = printed.read(piece)) {
                out.print(new String(piece, 0, n, StandardCharsets.UTF_8));
                out.flush();
            }
            int exitCode = process.waitFor();
            if (exitCode != 0) {
                throw new IOException(what + " exited with " + exitCode);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException(what + " was interrupted").initCause(e);
        } finally {
            process.destroy();
        }
    }

    @Override
    public void close() throws IOException {
        Files.deleteIfExists(manifest);
    }
}
