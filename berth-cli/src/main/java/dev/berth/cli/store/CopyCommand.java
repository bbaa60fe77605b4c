package dev.berth.cli.store;

import dev.berth.cli.ConsoleProgress;
import dev.berth.nix.PublicKey;
import dev.berth.nix.StorePath;
import dev.berth.store.ClosureCopy;
import dev.berth.store.Store;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code berth store copy}. */
@Command(
        name = "copy",
        description = {
            "Copy closures from a store to another.",
            "Paths that the destination has are passed over. A local store takes only paths that are content-addressed or"
                    + " signed by a trusted key, unless --no-check-sigs is given."
        },
        mixinStandardHelpOptions = true)
final class CopyCommand implements Callable<Integer> {
    @Option(names = "--from", required = true, paramLabel = "URI", description = "The store to copy from.")
    private String from = "";

    @Option(names = "--to", required = true, paramLabel = "URI", description = "The store to copy to.")
    private String to = "";

    @Option(
            names = "--no-check-sigs",
            description = "Take paths that nobody signed; their hashes are checked all the same.")
    private boolean noCheckSigs;

    @Option(names = "--no-recursive", description = "Copy exactly the given paths; their references must be there.")
    private boolean noRecursive;

    @Option(
            names = "--trusted-public-keys",
            split = "[, ]+",
            splitSynopsisLabel = ",",
            paramLabel = "KEY",
            description = "Keys by which paths may be signed, NAME:BASE64, comma between.")
    private List<String> trustedKeys = new ArrayList<>();

    @Option(
            names = "--sign-key-file",
            paramLabel = "FILE",
            description = "Sign what is copied by the secret key in this file.")
    private Optional<Path> signKey = Optional.empty();

    @Option(names = "--jobs", paramLabel = "N", description = "Copy so many paths at once.")
    private Optional<Integer> jobs = Optional.empty();

    @Option(names = "--all", description = "Copy everything that the store has (local stores and file://).")
    private boolean all;

    @Option(names = "--json", description = "Print what was done as JSON.")
    private boolean json;

    @Parameters(paramLabel = "PATH", description = "Full store paths.")
    private List<String> paths = new ArrayList<>();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException {
        if (paths.isEmpty() != all) {
            throw new ParameterException(spec.commandLine(), "give the paths to copy, or --all");
        }
        ClosureCopy.Options options = options();
        ClosureCopy.Result result;
        try (Store source = StoreOption.open(spec, "--from", from);
                Store destination = StoreOption.open(spec, "--to", to);
                ConsoleProgress progress = ConsoleProgress.onStandardError()) {
            List<StorePath> roots =
                    all ? PathSelection.everything(source) : StoreOption.paths(source.storeDir(), paths);
            result = ClosureCopy.copy(source, destination, roots, options, progress);
        }
        if (json) {
            Json.print(spec, object -> object.put("copied", result.copied()).put("narBytes", result.narBytes()));
        } else {
            spec.commandLine()
                    .getErr()
                    .println("berth: copied " + result.copied() + (result.copied() == 1 ? " path, " : " paths, ")
                            + ConsoleProgress.bytes(result.narBytes()));
        }
        return 0;
    }

    private ClosureCopy.Options options() throws IOException {
        ClosureCopy.Options options = noCheckSigs
                ? ClosureCopy.Options.TRUSTED
                : ClosureCopy.Options.verified(
                        Set.copyOf(trustedKeys.stream().map(PublicKey::parse).toList()));
        if (jobs.isPresent()) {
            if (jobs.get() < 1) {
                throw new ParameterException(spec.commandLine(), "--jobs is at least 1");
            }
            options = options.withParallelism(jobs.get());
        }
        if (signKey.isPresent()) {
            options = options.withSigningKey(new KeyFile(signKey.get()).read());
        }
        return options.withClosure(!noRecursive);
    }
}
