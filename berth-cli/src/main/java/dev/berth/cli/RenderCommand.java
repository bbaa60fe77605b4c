package dev.berth.cli;

import dev.berth.deploy.render.KubeObject;
import dev.berth.deploy.render.ManifestWriter;
import dev.berth.deploy.render.Rendered;
import dev.berth.nix.StoreDir;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code berth render}. */
@Command(
        name = "render",
        description = {
            "Print the Kubernetes objects that a file comes to. Needs no cluster and no nixpkgs.",
            "A .nix file may be a module, what 'import ./nix' gives, an object, a list of objects, or a function of one of"
                    + " these; what its objects name is built. .json and .yaml files are taken as they are. See docs/manifests.md."
        },
        mixinStandardHelpOptions = true)
final class RenderCommand implements Callable<Integer> {
    /** How to print. */
    enum Format {
        /** A document an object. */
        yaml,
        /** One object of kind List. */
        json
    }

    @Parameters(arity = "0..1", paramLabel = "FILE", description = "A manifest: .nix, .json or .yaml.")
    private Optional<Path> file = Optional.empty();

    @Mixin
    private ManifestOptions manifest = new ManifestOptions();

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description = "yaml (the default) or json.",
            defaultValue = "yaml")
    private Format format = Format.yaml;

    @Option(names = "--paths", description = "Print the store paths that the objects name instead, one a line.")
    private boolean paths;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        Rendered rendered = manifest.render(file, ManifestOptions.nixStore());
        List<KubeObject> objects = rendered.objects();
        if (paths) {
            rendered.named().keySet().forEach(path -> out.println(StoreDir.DEFAULT.print(path)));
        } else {
            out.print(
                    switch (format) {
                        case yaml -> ManifestWriter.yaml(objects);
                        case json -> ManifestWriter.json(objects);
                    });
        }
        out.flush();
        return Failures.DONE;
    }
}
