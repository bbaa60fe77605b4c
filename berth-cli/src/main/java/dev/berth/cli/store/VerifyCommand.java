package dev.berth.cli.store;

import dev.berth.store.local.LocalStore;
import dev.berth.store.local.VerifyReport;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code berth store verify}. */
@Command(
        name = "verify",
        description = "Compare a local store's database with its files; changes nothing. Exit code 1 if they differ.",
        mixinStandardHelpOptions = true)
final class VerifyCommand implements Callable<Integer> {
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
        try (LocalStore opened = store.openLocal("verify")) {
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
}
