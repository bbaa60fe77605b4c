package dev.berth.cli.store;

import dev.berth.nix.FormatException;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.store.Store;
import dev.berth.store.StoreException;
import dev.berth.store.StoreSettings;
import dev.berth.store.Stores;
import dev.berth.store.cache.BinaryCache;
import dev.berth.store.local.LocalStore;
import dev.berth.store.local.LocalStoreConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The option {@code --store}, and how commands open what it names. */
public final class StoreOption {
    @Option(
            names = "--store",
            required = true,
            paramLabel = "URI",
            description =
                    "The store, as Nix writes it: local?root=DIR, unix://PATH, ssh-ng://HOST, file://DIR, http://HOST/…")
    private String uri = "";

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec = CommandSpec.create();

    /** Opens it, or refuses the line. */
    public Store open() {
        return open(spec, "--store", uri);
    }

    /**
     * Opens it as {@link #open()} does, unless it is of this machine and not there: a misspelt one is not to be made, and to look empty.
     *
     * @throws StoreException of kind {@code ABSENT} then
     */
    public Store openExisting() {
        Optional<LocalStoreConfig> local =
                refusing(spec, "--store", () -> Stores.localConfig(uri, StoreSettings.DEFAULT));
        local.ifPresent(config -> require(config.stateDir().resolve("db")));
        Store store = open();
        try {
            if (store instanceof BinaryCache cache) {
                cache.directory().ifPresent(this::require);
            }
        } catch (StoreException e) {
            store.close();
            throw e;
        }
        return store;
    }

    private void require(Path directory) {
        if (!Files.exists(directory)) {
            throw new StoreException(
                    StoreException.Kind.ABSENT, "there is no store at " + uri + ": " + directory + " does not exist");
        }
    }

    /** A URI that can't be opened at all is wrong usage; one that fails later is failed work. */
    static Store open(CommandSpec spec, String option, String uri) {
        return refusing(spec, option, () -> Stores.open(uri, StoreSettings.DEFAULT));
    }

    private static <T> T refusing(CommandSpec spec, String option, Supplier<T> work) {
        try {
            return work.get();
        } catch (FormatException e) {
            throw new ParameterException(spec.commandLine(), option + ": " + e.getMessage(), e);
        } catch (StoreException e) {
            if (e.kind() == StoreException.Kind.REFUSED) {
                throw new ParameterException(spec.commandLine(), option + ": " + e.getMessage(), e);
            }
            throw e;
        }
    }

    /** The store of a command that works on files of this machine only. */
    LocalStore openLocal(String command) {
        Store store = open();
        if (store instanceof LocalStore local) {
            return local;
        }
        store.close();
        throw unfit(command);
    }

    /** The exception for a store of a kind that the command can't work on. */
    ParameterException unfit(String command) {
        return new ParameterException(
                spec.commandLine(),
                "'berth store " + command + "' needs a local store, such as local?root=DIR, not " + uri);
    }

    /** Reads full store paths; each must be of the store's store dir. */
    static List<StorePath> paths(StoreDir storeDir, List<String> texts) {
        return texts.stream().map(storeDir::parse).toList();
    }
}
