package dev.berth.cli.store;

import dev.berth.store.Store;
import dev.berth.store.daemon.DaemonStore;
import dev.berth.store.local.LocalStore;
import dev.berth.store.local.VerifyReport;
import dev.berth.wire.ClientSettings;
import dev.berth.wire.LogEvent;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code berth store verify}. */
@Command(
        name = "verify",
        description =
                "Compare the database of a local store, or of a daemon's, with its files; changes nothing. Exit code 1 if"
                        + " they differ.",
        mixinStandardHelpOptions = true)
final class VerifyCommand implements Callable<Integer> {
    /** The daemon is to say what it finds, not what it does: errors and warnings. */
    private static final ClientSettings QUIET =
            new ClientSettings(false, false, false, 1, 1, 0, false, 0, true, new TreeMap<>());

    @Mixin
    private StoreOption store = new StoreOption();

    @Option(names = "--check-contents", description = "Read and hash every file, too.")
    private boolean checkContents;

    @Option(names = "--json", description = "Print what was found as JSON.")
    private boolean json;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        try (Store opened = store.open()) {
            return switch (opened) {
                case LocalStore local -> verify(local);
                case DaemonStore daemon -> verify(daemon);
                default -> throw store.unfit("verify");
            };
        }
    }

    /** A daemon says what it finds on the way, and at the end whether that was all well. */
    private int verify(DaemonStore opened) {
        List<String> said = new CopyOnWriteArrayList<>();
        boolean bad = opened.ask(
                "verify",
                event -> {
                    if (event instanceof LogEvent.Message(long _, byte[] text)) {
                        said.add(new String(text, StandardCharsets.UTF_8).strip());
                    }
                },
                operations -> {
                    operations.setOptions(QUIET);
                    return operations.verifyStore(checkContents, false);
                });
        if (json) {
            Json.print(spec, object -> {
                object.put("good", !bad);
                var messages = object.putArray("messages");
                said.forEach(messages::add);
            });
        } else {
            said.forEach(spec.commandLine().getOut()::println);
            spec.commandLine().getErr().println(bad ? "berth: there are problems" : "berth: no problems");
        }
        return bad ? 1 : 0;
    }

    private int verify(LocalStore opened) {
        VerifyReport report = opened.verify(checkContents);
        if (json) {
            Json.print(spec, object -> {
                object.put("checked", report.checked());
                var problems = object.putArray("problems");
                report.problems()
                        .forEach(problem -> problems.addObject()
                                .put("path", opened.storeDir().print(problem.path()))
                                .put("kind", problem.kind().name().toLowerCase(java.util.Locale.ROOT))
                                .put("message", problem.message()));
                var leftovers = object.putArray("leftovers");
                report.leftovers().forEach(leftovers::add);
                var badLinks = object.putArray("badLinks");
                report.badLinks().forEach(badLinks::add);
            });
        } else {
            var out = spec.commandLine().getOut();
            report.problems().forEach(problem -> out.println(problem.message()));
            report.badLinks().forEach(name -> out.println("link '.links/" + name + "' was modified"));
            report.leftovers().forEach(name -> out.println(name + " is not registered: the next 'gc' removes it"));
            spec.commandLine()
                    .getErr()
                    .println("berth: " + report.checked() + " paths, "
                            + report.problems().size() + " problems");
        }
        return report.good() ? 0 : 1;
    }
}
