package dev.berth.store.usage;

import dev.berth.nix.StorePath;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a collection of a cache notes in the usage database: files that no narinfo names, and condemned paths. A condemned
 * path is one that is about to be deleted. Whoever has told a client that it is there takes it off the list, and then it
 * stays; until the collection has made up its mind, behind which it is gone in a moment. Which of the two it is, one row
 * decides that only one of them can change.
 */
final class CollectionNotes {
    private final DatabaseAccess access;

    CollectionNotes(DatabaseAccess access) {
        this.access = access;
    }

    /** The files that no narinfo names, with the times until which they stay. */
    Map<String, Instant> unnamed() {
        return access.run("read", connection -> {
            Map<String, Instant> files = new HashMap<>();
            UsageTables.query(
                    connection,
                    "select name, until from berth_unnamed",
                    row -> files.put(row.getString(1), Instant.ofEpochMilli(row.getLong(2))));
            return files;
        });
    }

    /** Notes files that no narinfo names; one that is known keeps the time it has. */
    void unnamed(Collection<String> files, Instant until) {
        access.run("record files in", connection -> {
            UsageTables.updateAll(
                    connection,
                    "insert into berth_unnamed (name, until) values (?, ?) on conflict (name) do nothing",
                    files.stream()
                            .sorted()
                            .map(file -> List.<Object>of(file, until.toEpochMilli()))
                            .toList());
            return files.size();
        });
    }

    /** Forgets files that are named again, or gone. */
    void named(Collection<String> files) {
        access.run("forget files in", connection -> {
            UsageTables.updateAll(
                    connection,
                    "delete from berth_unnamed where name = ?",
                    files.stream().sorted().map(List::<Object>of).toList());
            return files.size();
        });
    }

    /**
     * Condemns paths, in place of all that were.
     *
     * @param holder whose lease of the name {@link CollectionTurn#NAME} says that it still collects
     */
    void condemn(String holder, Collection<StorePath> paths) {
        access.run("condemn paths in", connection -> {
            UsageTables.update(connection, "delete from berth_condemned");
            UsageTables.updateAll(
                    connection,
                    "insert into berth_condemned (path, holder, final) values (?, ?, 0)",
                    paths.stream()
                            .sorted()
                            .map(path -> List.<Object>of(path.baseName(), holder))
                            .toList());
            return paths.size();
        });
    }

    /** All condemned paths. */
    Set<StorePath> condemned() {
        return access.run("read", connection -> {
            Set<StorePath> paths = new HashSet<>();
            UsageTables.query(
                    connection, "select path from berth_condemned", row -> paths.add(new StorePath(row.getString(1))));
            return paths;
        });
    }

    /**
     * Takes paths off the list, as somebody relies on them.
     *
     * @return those for which it is too late: they are being deleted
     */
    Set<StorePath> spare(Collection<StorePath> paths) {
        return access.run("spare paths in", connection -> {
            UsageTables.updateAll(
                    connection, "delete from berth_condemned where path = ? and final = 0", arguments(paths));
            Set<StorePath> late = new HashSet<>();
            UsageTables.queryAll(
                    connection,
                    "select path from berth_condemned where path in (#)"
                            // Of who was killed nothing is being deleted.
                            + " and exists (select 1 from berth_leases where berth_leases.name = '"
                            + CollectionTurn.NAME + "' and berth_leases.holder = berth_condemned.holder"
                            + " and berth_leases.until > " + System.currentTimeMillis() + ")",
                    paths.stream().map(StorePath::baseName).toList(),
                    row -> late.add(new StorePath(row.getString(1))));
            return late;
        });
    }

    /**
     * Makes it final for those of some paths that nobody has spared.
     *
     * @return all paths that are still condemned, these among them
     */
    Set<StorePath> decide(Collection<StorePath> paths) {
        access.run("condemn paths in", connection -> {
            UsageTables.updateAll(connection, "update berth_condemned set final = 1 where path = ?", arguments(paths));
            return paths.size();
        });
        return condemned();
    }

    /** Takes paths off the list that are gone, or shall stay. */
    void release(Collection<StorePath> paths) {
        access.run("release paths in", connection -> {
            UsageTables.updateAll(connection, "delete from berth_condemned where path = ?", arguments(paths));
            return paths.size();
        });
    }

    // In one order, so that those who do this at once do not lock each other out.
    private static List<List<Object>> arguments(Collection<StorePath> paths) {
        return paths.stream()
                .sorted()
                .map(path -> List.<Object>of(path.baseName()))
                .toList();
    }
}
