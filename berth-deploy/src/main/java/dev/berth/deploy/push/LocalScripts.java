package dev.berth.deploy.push;

import dev.berth.deploy.render.DeploymentScripts;
import dev.berth.deploy.render.DeploymentSettings;
import dev.berth.deploy.render.ManifestWriter;
import dev.berth.deploy.render.Rendered;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Runs what a deployment's settings want run on this machine. Each script gets a file with the objects as JSON, an object of
 * kind {@code List}, as its first argument and in {@code BERTH_MANIFEST}; what it prints goes to standard error, so that
 * standard output is the command's own. One that exits with anything but 0 ends the deployment.
 */
public final class LocalScripts implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofHours(1);
    private static final Duration END = Duration.ofSeconds(5);
    private static final Path BASH = Path.of("/bin/bash");

    private final DeploymentScripts scripts;
    private final Map<String, String> environment = new HashMap<>();
    private final Path manifest;

    /**
     * Writes the manifest to a temporary file, which only this user may read and which is deleted with this.
     *
     * @throws ScriptException if there is no room for it
     */
    public LocalScripts(Rendered rendered) {
        DeploymentSettings settings = rendered.settings();
        scripts = settings.scripts();
        try {
            manifest = Files.createTempFile(
                    "berth-manifest",
                    ".json",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            if (!scripts.equals(DeploymentScripts.NONE)) {
                Files.writeString(manifest, ManifestWriter.json(rendered.objects()));
            }
        } catch (IOException e) {
            throw new ScriptException("cannot write the manifest to a temporary file: " + e.getMessage(), e);
        }
        tell("MANIFEST", manifest.toString());
        tell("ENVIRONMENT", settings.environment().or(settings::discriminator).orElse(""));
        tell("TARGET", "");
    }

    /** A variable by its name and by the one that scripts for ekn know. */
    private void tell(String name, String value) {
        environment.put("BERTH_" + name, value);
        environment.put("EKN_" + name, value);
    }

    /** Runs {@code preDeployScript}, if there is one. @throws ScriptException if it did not exit with 0 */
    public void beforeDeploy() {
        lines("preDeployScript", scripts.preDeployScript());
    }

    /**
     * Runs {@code preApplyCommand}, if there is one.
     *
     * @param pushes whether closures are pushed after it ({@code BERTH_CACHE_PUSH})
     * @param mayFail whether the deployment goes on when that fails ({@code BERTH_CACHE_ALLOW_FAILURE})
     * @throws ScriptException if it did not exit with 0
     */
    public void beforePush(boolean pushes, boolean mayFail) {
        tell("CACHE_PUSH", pushes ? "1" : "0");
        tell("CACHE_ALLOW_FAILURE", mayFail ? "1" : "0");
        scripts.preApplyCommand().ifPresent(command -> lines("preApplyCommand", command + " \"$@\""));
    }

    /** Runs {@code postDeployScript}, if there is one. @throws ScriptException if it did not exit with 0 */
    public void afterDeploy() {
        lines("postDeployScript", scripts.postDeployScript());
    }

    private void lines(String name, String text) {
        if (text.isBlank()) {
            return;
        }
        List<String> shell = Files.isExecutable(BASH)
                ? List.of(BASH.toString(), "-euo", "pipefail", "-c")
                : List.of("/bin/sh", "-eu", "-c");
        List<String> line = new ArrayList<>(shell);
        line.addAll(List.of("exec 1>&2\n" + text, name, manifest.toString()));
        ProcessBuilder builder = new ProcessBuilder(line).inheritIO();
        builder.environment().putAll(environment);
        run(name, builder);
    }

    private static void run(String name, ProcessBuilder builder) {
        Process process;
        try {
            process = builder.start();
        } catch (IOException e) {
            throw new ScriptException(name + " cannot be started: " + e.getMessage(), e);
        }
        try {
            if (!process.waitFor(LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new ScriptException(name + " did not end within " + LIMIT.toMinutes() + " minutes");
            }
            if (process.exitValue() != 0) {
                throw new ScriptException(name + " exited with " + process.exitValue());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ScriptException(name + " was interrupted", e);
        } finally {
            end(process);
        }
    }

    private static void end(Process process) {
        if (process.isAlive()) {
            List<ProcessHandle> below = process.descendants().toList();
            process.destroy();
            below.forEach(ProcessHandle::destroy);
            try {
                process.waitFor(END.toMillis(), TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            process.destroyForcibly();
            below.forEach(ProcessHandle::destroyForcibly);
        }
    }

    @Override
    public void close() {
        try {
            Files.deleteIfExists(manifest);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
