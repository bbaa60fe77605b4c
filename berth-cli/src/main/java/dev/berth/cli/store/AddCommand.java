package dev.berth.cli.store;

import dev.berth.nix.ContentAddressMethod;
import dev.berth.nix.HashAlgorithm;
import dev.berth.nix.StorePath;
import dev.berth.store.Store;
import dev.berth.store.local.ContentAdder;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code berth store add}. */
@Command(
        name = "add",
        description = "Add a file or directory to a store, addressed by its content, and print its store path.",
        mixinStandardHelpOptions = true)
final class AddCommand implements Callable<Integer> {
    @Mixin
    private StoreOption store = new StoreOption();

    @Option(
            names = {"--name", "-n"},
            paramLabel = "NAME",
            description = "The name in the store path; else the file's own.")
    private Optional<String> name = Optional.empty();

    @Option(names = "--mode", paramLabel = "MODE", description = "What is hashed: nar (default), flat or text.")
    private String mode = "nar";

    @Option(names = "--hash-algo", paramLabel = "ALGO", description = "sha256 (default), sha512, sha1 or md5.")
    private String algorithm = "sha256";

    @Option(names = "--json", description = "Print the path as JSON.")
    private boolean json;

    @Parameters(paramLabel = "FILE", description = "The file or directory.")
    private Path file = Path.of("");

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        Path source = file.toAbsolutePath().normalize();
        Path last = source.getFileName();
        if (last == null) {
            throw new ParameterException(spec.commandLine(), "the root directory cannot be added");
        }
        try (Store opened = store.open()) {
            StorePath path = new ContentAdder(opened)
                    .addFrom(
                            source,
                            name.orElse(last.toString()),
                            ContentAddressMethod.parse(mode),
                            HashAlgorithm.parse(algorithm),
                            Set.of());
            String full = opened.storeDir().print(path);
            if (json) {
                Json.print(spec, object -> object.put("path", full));
            } else {
                spec.commandLine().getOut().println(full);
            }
        }
        return 0;
    }
}
