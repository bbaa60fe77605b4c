package dev.berth.store.usage;

import dev.berth.nix.StorePath;
import dev.berth.store.Store;
import dev.berth.store.StoreException;
import dev.berth.store.local.LocalStore;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/**
 * The pins of a store. Those of a local store are roots of garbage collection, too, in {@code gcroots/berth-pins}, so that
 * Nix's own collection keeps what they hold.
 */
public final class Pins {
    private final Store store;
    private final UsageDatabase database;

    /** @param store and its usage database, both the caller's */
    public Pins(Store store, UsageDatabase database) {
        this.store = store;
        this.database = database;
    }

    /** All pins by name. */
    public SortedMap<String, Pin> all() {
        return database.pins();
    }

    /**
     * Sets a pin, in place of one of that name.
     *
     * @throws StoreException of kind {@code ABSENT} if the store has no such path
     * @throws dev.berth.nix.FormatException for a name that is none
     */
    public Pin pin(String name, StorePath path) {
        Pin pin = new Pin(name, path, Instant.now().truncatedTo(ChronoUnit.MILLIS));
        requireThere(path);
        Optional<Pin> before = database.pin(name);
        database.pin(pin);
        root(name).ifPresent(link -> ((LocalStore) store).roots().addPermanent(path, link));
        try {
            requireThere(path); // a collection may have been about to delete it
        } catch (StoreException e) {
            unpin(name);
            before.ifPresent(known -> {
                database.pin(known);
                root(name).ifPresent(link -> ((LocalStore) store).roots().addPermanent(known.path(), link));
            });
            throw e;
        }
        return pin;
    }

    private void requireThere(StorePath path) {
        if (store.validPaths(List.of(path)).isEmpty()) {
            throw new StoreException(
                    StoreException.Kind.ABSENT,
                    "cannot pin '" + store.storeDir().print(path) + "': it is not in store " + store.uri());
        }
    }

    /**
     * Removes a pin; whether there was one.
     *
     * @throws dev.berth.nix.FormatException for a name that is none
     */
    public boolean unpin(String name) {
        Pin.checkName(name);
        boolean was = database.unpin(name);
        Optional<Path> link = root(name);
        try {
            if (link.isPresent()) {
                Files.deleteIfExists(link.get());
            }
        } catch (IOException e) {
            throw new StoreException(
                    StoreException.Kind.FAILED, "cannot remove root '" + link.get() + "': " + e.getMessage(), e);
        }
        return was;
    }

    private Optional<Path> root(String name) {
        return store instanceof LocalStore local
                ? Optional.of(local.config()
                        .stateDir()
                        .resolve("gcroots/berth-pins")
                        .resolve(URLEncoder.encode(name, StandardCharsets.UTF_8)))
                : Optional.empty();
    }
}
