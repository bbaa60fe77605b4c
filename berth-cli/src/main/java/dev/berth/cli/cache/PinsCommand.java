package dev.berth.cli.cache;

import dev.berth.cli.store.Json;
import dev.berth.store.usage.Pin;
import dev.berth.store.usage.Pins;
import java.util.Collection;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code berth cache pins}. */
@Command(name = "pins", description = "Print the pins: name, path, and since when.", mixinStandardHelpOptions = true)
final class PinsCommand implements Callable<Integer> {
    @Mixin
    private UsageOption usage = new UsageOption();

    @Option(names = "--json", description = "Print them as JSON.")
    private boolean json;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        try (UsageOption.Opened opened = usage.open()) {
            Collection<Pin> pins =
                    new Pins(opened.store(), opened.database()).all().values();
            if (json) {
                Json.stream(spec, out -> {
                    out.writeStartArray();
                    for (Pin pin : pins) {
                        out.writeStartObject();
                        out.writeStringField("name", pin.name());
                        out.writeStringField("path", opened.store().storeDir().print(pin.path()));
                        out.writeStringField("since", pin.since().toString());
                        out.writeEndObject();
                    }
                    out.writeEndArray();
                });
            } else {
                pins.forEach(pin -> spec.commandLine()
                        .getOut()
                        .println(pin.name() + "  " + opened.store().storeDir().print(pin.path()) + "  " + pin.since()));
            }
        }
        return 0;
    }
}
