package dev.berth.cli.cache;

import dev.berth.cli.store.StoreOption;
import dev.berth.nix.FormatException;
import dev.berth.nix.StorePath;
import dev.berth.store.Store;
import dev.berth.store.usage.UsageDatabase;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options {@code --store} and {@code --usage-db}, and how commands open what they name. */
final class UsageOption {
    @Mixin
    private StoreOption store = new StoreOption();

    @Option(
            names = "--usage-db",
            paramLabel = "URL",
            description =
                    "The database of last uses and pins, jdbc:postgresql://HOST/DATABASE. Default: an SQLite file beside the store")
    private Optional<String> url = Optional.empty();

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec = CommandSpec.create();

    /** What commands work on. */
    record Opened(Store store, UsageDatabase database) implements AutoCloseable {
        StorePath path(String text) {
            return store.storeDir().parse(text);
        }

        @Override
        public void close() {
            database.close();
            store.close();
        }
    }

    Opened open() {
        Optional<UsageDatabase> named = url.map(this::named);
        Store opened = store.openExisting();
        Optional<UsageDatabase> database = named.or(() -> UsageDatabase.beside(opened));
        if (database.isEmpty()) {
            opened.close();
            throw new ParameterException(
                    spec.commandLine(),
                    "no database of uses lies beside " + opened.uri()
                            + ": give --usage-db jdbc:postgresql://HOST/DATABASE");
        }
        return new Opened(opened, database.get());
    }

    private UsageDatabase named(String text) {
        try {
            return UsageDatabase.open(text);
        } catch (FormatException e) {
            throw new ParameterException(spec.commandLine(), "--usage-db: " + e.getMessage(), e);
        }
    }
}
