package dev.berth.cli.cache;

import dev.berth.store.usage.Pins;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code berth cache pin}. */
@Command(
        name = "pin",
        description = "Hold the closure of a path, whoever uses it, under a name; one of that name is replaced.",
        mixinStandardHelpOptions = true)
final class PinCommand implements Callable<Integer> {
    @Mixin
    private UsageOption usage = new UsageOption();

    @Parameters(index = "0", paramLabel = "NAME", description = "Letters, digits and ._-+:@/, a letter or digit first.")
    private String name = "";

    @Parameters(index = "1", paramLabel = "PATH", description = "A full store path that the store has.")
    private String path = "";

    @Override
    public Integer call() {
        try (UsageOption.Opened opened = usage.open()) {
            new Pins(opened.store(), opened.database()).pin(name, opened.path(path));
        }
        return 0;
    }
}
