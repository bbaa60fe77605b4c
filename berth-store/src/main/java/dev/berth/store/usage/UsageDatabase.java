package dev.berth.store.usage;

import dev.berth.nix.FormatException;
import dev.berth.nix.StorePath;
import dev.berth.store.Store;
import dev.berth.store.StoreException;
import dev.berth.store.cache.BinaryCache;
import dev.berth.store.local.LocalStore;
import dev.berth.store.local.LocalStoreConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * When the paths of one store were last used, and its pins. In an SQLite file beside the store, which several processes of
 * this machine may use, or in PostgreSQL, which several machines may. Nothing is opened before it is first used. Any thread;
 * what fails is a {@link StoreException} that names the database.
 */
public final class UsageDatabase implements AutoCloseable {
    private static final String POSTGRES = "jdbc:postgresql:";
    private static final String SQLITE = "jdbc:sqlite:";

    /** Stands for every path; no store path begins with it. */
    private static final String ALL = "*";

    private static final String USED = "insert into berth_uses (path, used) values (?, ?)"
            + " on conflict (path) do update set used = excluded.used where excluded.used > berth_uses.used";

    private final DatabaseAccess access;

    private UsageDatabase(Connections connections) {
        this.access = new DatabaseAccess(connections);
    }

    /** In a file of this machine, made with its directory if it is not there. */
    public static UsageDatabase sqlite(Path file) {
        return new UsageDatabase(new SqliteConnections(file.toAbsolutePath().normalize()));
    }

    /**
     * Beside a store: {@code berth/usage.sqlite} in the state dir of a local one, {@code .berth/usage.sqlite} in a cache
     * that is a directory of this machine; empty for any other.
     */
    public static Optional<UsageDatabase> beside(Store store) {
        return switch (store) {
            case LocalStore local -> Optional.of(beside(local.config()));
            case BinaryCache cache -> cache.directory().map(place -> sqlite(place.resolve(".berth/usage.sqlite")));
            default -> Optional.empty();
        };
    }

    /** Beside a local store. */
    public static UsageDatabase beside(LocalStoreConfig store) {
        return sqlite(store.stateDir().resolve("berth/usage.sqlite"));
    }

    /**
     * By a JDBC URL, {@code jdbc:postgresql://HOST[:PORT]/DATABASE[?user=…&password=…&currentSchema=…]} or
     * {@code jdbc:sqlite:FILE}. A PostgreSQL database, or schema, is of one store.
     *
     * @throws FormatException for another URL
     */
    public static UsageDatabase open(String url) {
        if (url.startsWith(POSTGRES)) {
            return new UsageDatabase(new PostgresConnections(url));
        }
        if (url.startsWith(SQLITE) && url.length() > SQLITE.length() && !url.contains("?")) {
            return sqlite(Path.of(url.substring(SQLITE.length())));
        }
        throw new FormatException("usage database "
                + FormatException.quote(url.replaceFirst("\\?.*", "?…").replaceFirst("//[^/@]*@", "//…@"))
                + " is neither jdbc:postgresql://HOST/DATABASE nor jdbc:sqlite:FILE");
    }

    /** What to call it in messages. */
    public String name() {
        return access.name();
    }

    /** Notes uses; an earlier one than is known changes nothing. */
    public void used(Map<StorePath, Instant> times) {
        SortedMap<StorePath, Instant> sorted =
                new TreeMap<>(times); // in one order, so that writers do not lock each other out
        access.run("record uses in", connection -> {
            UsageTables.updateAll(
                    connection,
                    USED,
                    sorted.entrySet().stream()
                            .map(use -> List.<Object>of(
                                    use.getKey().baseName(), use.getValue().toEpochMilli()))
                            .toList());
            return sorted.size();
        });
    }

    /** Notes that uses until a time may be missing: every path counts as used then. */
    public void missedUntil(Instant time) {
        access.run("record uses in", connection -> UsageTables.update(connection, USED, ALL, time.toEpochMilli()));
    }

    /** All that is known of uses. */
    public Uses uses() {
        return access.run("read", connection -> {
            Map<StorePath, Instant> of = new HashMap<>();
            Instant[] all = {Instant.EPOCH};
            UsageTables.query(connection, "select path, used from berth_uses", row -> {
                Instant time = Instant.ofEpochMilli(row.getLong(2));
                if (row.getString(1).equals(ALL)) {
                    all[0] = time;
                } else {
                    of.put(new StorePath(row.getString(1)), time);
                }
            });
            return new Uses(of, all[0]);
        });
    }

    /** What is known of the uses of some paths. */
    public Uses uses(Collection<StorePath> paths) {
        List<String> names = paths.stream().map(StorePath::baseName).toList();
        return access.run("read", connection -> {
            Map<StorePath, Instant> of = new HashMap<>();
            Instant[] all = {Instant.EPOCH};
            UsageTables.queryAll(
                    connection,
                    "select path, used from berth_uses where path in (#)",
                    names,
                    row -> of.put(new StorePath(row.getString(1)), Instant.ofEpochMilli(row.getLong(2))));
            UsageTables.query(
                    connection,
                    "select used from berth_uses where path = ?",
                    row -> all[0] = Instant.ofEpochMilli(row.getLong(1)),
                    ALL);
            return new Uses(of, all[0]);
        });
    }

    /** The paths that were used after a time. */
    public Set<StorePath> usedSince(Instant time) {
        return access.run("read", connection -> {
            Set<StorePath> paths = new HashSet<>();
            UsageTables.query(
                    connection,
                    "select path from berth_uses where used > ? and path <> ?",
                    row -> paths.add(new StorePath(row.getString(1))),
                    time.toEpochMilli(),
                    ALL);
            return paths;
        });
    }

    /** Forgets the uses of paths that are gone, unless they were used after a time. */
    public void forget(Collection<StorePath> paths, Instant unlessUsedAfter) {
        access.run("forget uses in", connection -> {
            UsageTables.updateAll(
                    connection,
                    "delete from berth_uses where path = ? and used <= ?",
                    paths.stream()
                            .sorted()
                            .map(path -> List.<Object>of(path.baseName(), unlessUsedAfter.toEpochMilli()))
                            .toList());
            return paths.size();
        });
    }

    /** Sets a pin, in place of one of that name. */
    public void pin(Pin pin) {
        access.run(
                "pin in",
                connection -> UsageTables.update(
                        connection,
                        "insert into berth_pins (name, path, since) values (?, ?, ?)"
                                + " on conflict (name) do update set path = excluded.path, since = excluded.since",
                        pin.name(),
                        pin.path().baseName(),
                        pin.since().toEpochMilli()));
    }

    /** Removes a pin; whether there was one. */
    public boolean unpin(String name) {
        return access.run(
                "unpin in",
                connection -> UsageTables.update(connection, "delete from berth_pins where name = ?", name) > 0);
    }

    /** The pin of a name. */
    public Optional<Pin> pin(String name) {
        return Optional.ofNullable(pins().get(name));
    }

    /** All pins by name. */
    public SortedMap<String, Pin> pins() {
        return access.run("read", connection -> {
            SortedMap<String, Pin> pins = new TreeMap<>();
            UsageTables.query(connection, "select name, path, since from berth_pins", row -> {
                Pin pin = new Pin(
                        row.getString(1), new StorePath(row.getString(2)), Instant.ofEpochMilli(row.getLong(3)));
                pins.put(pin.name(), pin);
            });
            return pins;
        });
    }

    /**
     * Takes or renews what only one may have at a time.
     *
     * @param name what
     * @param holder who, another word for each taker
     * @param length how long it is the holder's without being renewed
     * @return false if another has it
     */
    public boolean lease(String name, String holder, Duration length) {
        long now = System.currentTimeMillis();
        return access.run(
                "take a lease in",
                connection -> UsageTables.update(
                                connection,
                                "insert into berth_leases (name, holder, until) values (?, ?, ?)"
                                        + " on conflict (name) do update set holder = excluded.holder, until = excluded.until"
                                        + " where berth_leases.holder = excluded.holder or berth_leases.until < ?",
                                name,
                                holder,
                                now + length.toMillis(),
                                now)
                        > 0);
    }

    /** Gives back what {@link #lease} took. */
    public void release(String name, String holder) {
        access.run(
                "give back a lease in",
                connection -> UsageTables.update(
                        connection, "delete from berth_leases where name = ? and holder = ?", name, holder));
    }

    /** What collections note here for others. */
    CollectionNotes notes() {
        return new CollectionNotes(access);
    }

    @Override
    public void close() {
        access.close();
    }
}
