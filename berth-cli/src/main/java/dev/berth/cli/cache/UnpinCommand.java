package dev.berth.cli.cache;

import dev.berth.store.usage.Pins;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code berth cache unpin}. */
@Command(name = "unpin", description = "Remove a pin.", mixinStandardHelpOptions = true)
final class UnpinCommand implements Callable<Integer> {
    @Mixin
    private UsageOption usage = new UsageOption();

    @Parameters(paramLabel = "NAME", description = "What 'berth cache pins' prints.")
    private String name = "";

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        try (UsageOption.Opened opened = usage.open()) {
            if (new Pins(opened.store(), opened.database()).unpin(name)) {
                return 0;
            }
        }
        spec.commandLine().getErr().println("berth: there is no pin '" + name + "'");
        return 1;
    }
}
