package dev.berth.deploy.render;

import com.fasterxml.jackson.databind.JsonNode;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.store.nix.Confinement;
import dev.berth.store.nix.NixException;
import dev.berth.store.nix.NixProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * The real Nix, as this machine has it: evaluates files, builds and fetches. Works with every Nix since 2.8; needs no
 * nixpkgs, and no experimental feature but for flakes. Every call has a deadline; what Nix says goes to the progress as lines.
 */
public final class Nix {
    private static final Duration EVALUATION = Duration.ofMinutes(10);
    private static final Duration REALISATION = Duration.ofHours(2);
    private static final Duration QUERY = Duration.ofMinutes(2);
    /** Well below what the kernel takes as the arguments of a program. */
    private static final int PATHS_A_CALL = 1000;

    private static final int MAX_OUTPUT = 64 << 20;

    private final NixStore store;
    private final Path modules;
    private final Consumer<String> progress;
    private final boolean trace;

    /**
     * @param store where Nix builds
     * @param modules the directory of Berth's Nix modules, which has {@code render.nix}
     * @param progress told what Nix says, line by line, from another thread
     */
    public Nix(NixStore store, Path modules, Consumer<String> progress) {
        this(store, modules, progress, false);
    }

    private Nix(NixStore store, Path modules, Consumer<String> progress, boolean trace) {
        this.store = store;
        this.modules = modules;
        this.progress = progress;
        this.trace = trace;
    }

    /** The same, which tells the progress all that Nix says of what it can't evaluate, with what led there. */
    public Nix tracing() {
        return new Nix(store, modules, progress, true);
    }

    /**
     * What a file or flake evaluates to.
     *
     * @param json its value
     * @param context what must be realised for its strings to hold, as {@code nix-store --realise} takes it
     * @param settings what it says of its deployment
     */
    record Evaluation(JsonNode json, List<String> context, DeploymentSettings settings) {}

    /**
     * @param systems which systems' parts of volumes are wanted; all if empty
     * @throws RenderException with Nix's own message in one line, and its position
     */
    Evaluation evaluate(ManifestSource source, Set<String> systems) {
        List<String> arguments = new ArrayList<>();
        switch (source) {
            case ManifestSource.OfFile file ->
                arguments.addAll(List.of(
                        modules.resolve("render.nix").toString(),
                        // A path, so that errors in a module name its file.
                        "--arg",
                        "file",
                        expression(file.path().toAbsolutePath())));
            case ManifestSource.OfFlake flake ->
                arguments.addAll(List.of(
                        "--option",
                        "extra-experimental-features",
                        "nix-command flakes",
                        modules.resolve("render.nix").toString(),
                        "--argstr",
                        "flake",
                        flake.reference()));
        }
        arguments.addAll(List.of("--argstr", "attr", source.attribute()));
        arguments.addAll(List.of("--argstr", "systems", String.join(" ", systems)));
        if (trace) {
            arguments.add("--show-trace");
        }
        String shown = source.shown();
        JsonNode result = Json.parse(
                shown + " (what Nix made of it)",
                run(
                        "cannot evaluate " + shown,
                        EVALUATION,
                        List.of("nix-instantiate", "--eval", "--strict", "--json", "--read-write-mode"),
                        arguments));
        JsonNode deployment = result.path("deployment");
        return new Evaluation(
                Json.parse(shown, result.path("text").asText()),
                context(result.path("context")),
                deployment.isNull()
                        ? DeploymentSettings.NONE
                        : SettingsReader.read(deployment, shown + ": deployment"));
    }

    private static List<String> context(JsonNode json) {
        List<String> context = new ArrayList<>();
        for (var entry : json.properties()) {
            JsonNode how = entry.getValue();
            if (how.path("path").asBoolean()) {
                context.add(entry.getKey());
            }
            if (how.path("allOutputs").asBoolean()) {
                context.add(entry.getKey());
            } else if (how.has("outputs")) {
                List<String> outputs = new ArrayList<>();
                how.path("outputs").forEach(output1 -> outputs.add(output1.asText()));
                context.add(entry.getKey() + "!" + String.join(",", outputs));
            }
        }
        return context;
    }

    private static String expression(Path file) {
        String quoted =
                file.toString().replace("\\", "\\\\").replace("\"", "\\\"").replace("${", "\\${");
        return "/. + \"" + quoted + "\"";
    }

    /**
     * Builds or fetches; what can be had is there afterwards even if something else can't.
     *
     * @param what store paths, or {@code <derivation>!<outputs>}
     * @throws RenderException starting with the given words
     */
    void realise(Collection<String> what, String otherwise) {
        for (List<String> part : parts(what)) {
            run(otherwise, REALISATION, List.of("nix-store", "--realise", "--keep-going"), part);
        }
    }

    /** Those of the paths that are not in Nix's store. */
    NavigableSet<StorePath> invalid(Collection<StorePath> paths) {
        NavigableSet<StorePath> invalid = new TreeSet<>();
        for (List<String> part :
                parts(paths.stream().map(StoreDir.DEFAULT::print).toList())) {
            run(
                            "cannot ask Nix which paths it has",
                            QUERY,
                            List.of("nix-store", "--check-validity", "--print-invalid"),
                            part)
                    .lines()
                    .forEach(line -> invalid.add(StoreDir.DEFAULT.parse(line.strip())));
        }
        return invalid;
    }

    private String run(String otherwise, Duration limit, List<String> command, List<String> arguments) {
        List<String> line = new ArrayList<>(command);
        line.addAll(store.options());
        line.addAll(arguments);
        try {
            return new NixProcess(line, Confinement.tied(), Optional.empty(), "", limit, MAX_OUTPUT, progress).run();
        } catch (NixException e) {
            if (arguments.contains("--show-trace")) {
                e.said().forEach(progress);
            }
            throw new RenderException(otherwise + ": " + e.getMessage(), e);
        }
    }

    private static List<List<String>> parts(Collection<String> all) {
        List<String> rest = new ArrayList<>(all);
        List<List<String>> parts = new ArrayList<>();
        for (int from = 0; from < rest.size(); from += PATHS_A_CALL) {
            parts.add(rest.subList(from, Math.min(rest.size(), from + PATHS_A_CALL)));
        }
        return Collections.unmodifiableList(parts);
    }
}
