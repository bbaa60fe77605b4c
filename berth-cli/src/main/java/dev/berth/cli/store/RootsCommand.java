package dev.berth.cli.store;

import dev.berth.nix.StorePath;
import dev.berth.store.Store;
import dev.berth.store.daemon.DaemonStore;
import dev.berth.store.local.LocalStore;
import dev.berth.wire.StoreOperations;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code berth store roots}. */
@Command(
        name = "roots",
        description = "Roots of garbage collection: what keeps paths of a local store alive.",
        synopsisSubcommandLabel = "COMMAND",
        mixinStandardHelpOptions = true)
final class RootsCommand implements Runnable {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "which command? See 'berth store roots --help'");
    }

    @Command(name = "ls", description = "Print each root and who holds it.", mixinStandardHelpOptions = true)
    void ls(@Mixin StoreOption store, @Option(names = "--json", description = "Print them as JSON.") boolean json) {
        try (Store opened = store.open()) {
            Map<StorePath, Set<String>> roots = new TreeMap<>(
                    switch (opened) {
                        case LocalStore local -> local.findRoots();
                        case DaemonStore daemon -> daemon.ask("list the roots of", StoreOperations::findRoots);
                        default -> throw store.unfit("roots ls");
                    });
            if (json) {
                Json.stream(spec, out -> {
                    out.writeStartObject();
                    for (var root : roots.entrySet()) {
                        out.writeArrayFieldStart(opened.storeDir().print(root.getKey()));
                        for (String holder : new TreeSet<>(root.getValue())) {
                            out.writeString(holder);
                        }
                        out.writeEndArray();
                    }
                    out.writeEndObject();
                });
            } else {
                roots.forEach((path, holders) -> new TreeSet<>(holders)
                        .forEach(holder -> spec.commandLine()
                                .getOut()
                                .println(holder + " -> " + opened.storeDir().print(path))));
            }
        }
    }

    @Command(
            name = "add",
            description = "Make LINK a symbolic link to PATH, which lives as long as the link is there.",
            mixinStandardHelpOptions = true)
    void add(
            @Mixin StoreOption store,
            @Parameters(paramLabel = "LINK", description = "Outside of the store.") Path link,
            @Parameters(paramLabel = "PATH", description = "A full store path.") String path) {
        try (LocalStore opened = store.openLocal("roots add")) {
            opened.roots()
                    .addPermanent(
                            opened.storeDir().parse(path), link.toAbsolutePath().normalize());
        }
    }
}
