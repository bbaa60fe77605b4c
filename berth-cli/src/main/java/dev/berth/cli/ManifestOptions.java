package dev.berth.cli;

import dev.berth.deploy.render.EnvSeeds;
import dev.berth.deploy.render.ManifestSource;
import dev.berth.deploy.render.Nix;
import dev.berth.deploy.render.NixStore;
import dev.berth.deploy.render.Rendered;
import dev.berth.deploy.render.Renderer;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Which manifest a command is about, beside its FILE. */
final class ManifestOptions {
    @Option(
            names = {"-A", "--attr"},
            paramLabel = "ATTR",
            description = "Of a .nix file: what to take of its value, such as packages.manifest.")
    private String attribute = "";

    @Option(
            names = "--flake",
            paramLabel = "REF#ATTR",
            description = "Instead of FILE, an output of a flake: the first there is of berth.SYSTEM.ATTR,"
                    + " eknConfig.SYSTEM.ATTR, legacyPackages.SYSTEM.ATTR, packages.SYSTEM.ATTR and ATTR. Without ATTR:"
                    + " default.")
    private Optional<String> flake = Optional.empty();

    @Option(
            names = "--systems",
            split = "[, ]+",
            splitSynopsisLabel = ",",
            paramLabel = "SYSTEM",
            description =
                    "The systems that the cluster has, such as x86_64-linux. What volumes name for others is left out;"
                            + " else all of it is fetched or built.")
    private List<String> systems = new ArrayList<>();

    @Option(
            names = "--show-trace",
            description =
                    "When Nix can't evaluate the manifest, print all that it says: what led there, with positions.")
    private boolean trace;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec = CommandSpec.create();

    /** Whether it is not about a file. */
    boolean isFlake() {
        return flake.isPresent();
    }

    /** The store that Nix builds into. */
    static NixStore nixStore() {
        return NixStore.choose(BuildRoot.ofThisProcess().path(), System.getenv());
    }

    /**
     * Renders.
     *
     * @param file none, if a flake is asked for
     * @throws ParameterException if there is neither or both
     */
    Rendered render(Optional<Path> file, NixStore store) {
        PrintWriter err = spec.commandLine().getErr();
        Nix nix = new Nix(store, NixModules.directory(), err::println);
        return new Renderer(trace ? nix.tracing() : nix, _ -> Set.of())
                .render(source(file), new TreeSet<>(systems), _ -> {});
    }

    /** As {@link #render}, with the values of secrets that this program's environment has: not to be printed. */
    Rendered renderForCluster(Optional<Path> file, NixStore store) {
        return EnvSeeds.resolve(render(file, store), System.getenv());
    }

    private ManifestSource source(Optional<Path> file) {
        if (flake.isPresent() && file.isPresent()) {
            throw new ParameterException(spec.commandLine(), "FILE or --flake, not both");
        }
        if (flake.isPresent()) {
            if (!attribute.isEmpty()) {
                throw new ParameterException(
                        spec.commandLine(), "-A is for files; write --flake " + flake.get() + "#" + attribute);
            }
            return ManifestSource.OfFlake.parse(flake.get());
        }
        return new ManifestSource.OfFile(
                file.orElseThrow(() ->
                        new ParameterException(spec.commandLine(), "which manifest? Name a FILE, or --flake REF#ATTR")),
                attribute);
    }
}
