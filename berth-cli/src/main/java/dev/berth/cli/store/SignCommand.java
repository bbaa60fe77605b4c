package dev.berth.cli.store;

import dev.berth.nix.PathInfo;
import dev.berth.nix.SecretKey;
import dev.berth.nix.Signature;
import dev.berth.nix.StorePath;
import dev.berth.store.Store;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code berth store sign}. */
@Command(name = "sign", description = "Sign paths by a secret key.", mixinStandardHelpOptions = true)
final class SignCommand implements Callable<Integer> {
    @Mixin
    private StoreOption store = new StoreOption();

    @Option(
            names = {"--key-file", "-k"},
            required = true,
            paramLabel = "FILE",
            description = "The file with the secret key, as 'berth store keys generate' makes it.")
    private Path keyFile = Path.of("");

    @Option(
            names = {"--recursive", "-r"},
            description = "Sign the closures of the paths.")
    private boolean recursive;

    @Option(names = "--json", description = "Print what was done as JSON.")
    private boolean json;

    @Parameters(paramLabel = "PATH", arity = "1..*", description = "Full store paths.")
    private List<String> paths = List.of();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException {
        SecretKey key = new KeyFile(keyFile).read();
        long added = 0;
        try (Store opened = store.open()) {
            List<StorePath> roots = StoreOption.paths(opened.storeDir(), paths);
            for (PathInfo info : PathSelection.infos(opened, roots, recursive)) {
                Signature signature = key.sign(info.fingerprint(opened.storeDir()));
                if (!info.signatures().contains(signature)) {
                    opened.addSignatures(info.path(), List.of(signature));
                    added++;
                }
            }
        }
        long count = added;
        if (json) {
            Json.print(spec, object -> object.put("signed", count));
        } else {
            spec.commandLine().getErr().println("berth: added " + count + " signatures");
        }
        return 0;
    }
}
