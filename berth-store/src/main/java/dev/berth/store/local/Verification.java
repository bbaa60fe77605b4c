package dev.berth.store.local;

import dev.berth.linux.Directory;
import dev.berth.linux.Errno;
import dev.berth.linux.LinuxException;
import dev.berth.linux.Names;
import dev.berth.nix.HashFormat;
import dev.berth.nix.PathInfo;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarHasher;
import dev.berth.store.StoreException;
import dev.berth.store.local.VerifyReport.Kind;
import dev.berth.store.local.VerifyReport.Problem;
import dev.berth.store.tree.TreeSource;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Compares the database with the files (libstore/local-store.cc, {@code verifyStore}), repairing nothing. */
final class Verification {
    private final Opened opened;
    private final List<Problem> problems = new ArrayList<>();

    Verification(Opened opened) {
        this.opened = opened;
    }

    /** @param valid every valid path, in order */
    VerifyReport run(Stream<StorePath> valid, boolean checkContents) {
        if (opened.config().readOnly()) {
            return compare(valid, checkContents);
        }
        // Collections wait meanwhile, so that a path in the database is one that has its files.
        try (CollectorLock _ = CollectorLock.share(opened)) {
            return compare(valid, checkContents);
        }
    }

    private VerifyReport compare(Stream<StorePath> valid, boolean checkContents) {
        try {
            Set<String> names = names();
            long checked = 0;
            for (var paths = valid.iterator(); paths.hasNext(); checked++) {
                Failure.checkInterrupted("verifying store '" + opened.config().uri() + "'");
                StorePath path = paths.next();
                if (names.remove(path.baseName()) || opened.files().exists(path.baseName())) {
                    check(path, checkContents);
                } else {
                    problems.add(new Problem(path, Kind.MISSING, "path '" + show(path) + "' has no files"));
                }
            }
            // Some may have been added meanwhile.
            names.removeIf(name -> StoreNames.parse(name).filter(this::isValid).isPresent());
            return new VerifyReport(checked, problems, List.copyOf(names), checkContents ? badLinks() : List.of());
        } catch (IOException e) {
            throw Failure.of("verifying store '" + opened.config().uri() + "'", e);
        }
    }

    private Set<String> names() throws IOException {
        Set<String> names = new TreeSet<>();
        opened.files().directory().forEach((name, type, inode) -> names.add(Names.show(name)));
        names.remove(".links");
        return names;
    }

    private List<String> badLinks() throws IOException {
        List<String> bad = new ArrayList<>();
        try (Directory links = opened.files().directory().openDirectory(Names.bytes(".links"))) {
            links.forEach((name, type, inode) -> {
                NarHasher hasher = new NarHasher();
                TreeSource.tell(links, name, hasher);
                if (!hasher.hash().format(HashFormat.NIX32, false).equals(Names.show(name))) {
                    bad.add(Names.show(name));
                }
            });
        } catch (LinuxException e) {
            // A store that was only ever read may have none.
            if (!e.is(Errno.ENOENT)) {
                throw e;
            }
        }
        return bad;
    }

    private boolean isValid(StorePath path) {
        return opened.database().read(session -> opened.paths().isValid(session, path));
    }

    private void check(StorePath path, boolean checkContents) {
        var info = opened.database().read(session -> opened.paths().info(session, path));
        if (info.isPresent()) {
            checkReferences(info.get());
            if (checkContents) {
                checkContents(info.get());
            }
        }
    }

    private void checkReferences(PathInfo info) {
        Set<StorePath> missing = new HashSet<>(info.references());
        missing.removeAll(opened.database().read(session -> opened.paths().valid(session, info.references())));
        missing.forEach(reference -> problems.add(new Problem(
                info.path(),
                Kind.DANGLING,
                "path '" + show(info.path()) + "' refers to '" + show(reference) + "', which is not valid")));
    }

    private void checkContents(PathInfo info) {
        try {
            NarHasher hasher = new NarHasher();
            opened.files().dump(info.path().baseName(), hasher);
            long size = hasher.size();
            var hash = hasher.hash();
            if (!hash.equals(info.narHash())) {
                changed(info, "was modified: it has the hash '" + hash + "', not '" + info.narHash() + "'");
            } else if (info.narSize() != 0 && size != info.narSize()) {
                changed(info, "is registered with " + info.narSize() + " bytes but has " + size);
            }
        } catch (IOException | StoreException e) {
            changed(info, "cannot be read: " + e.getMessage());
        }
    }

    private void changed(PathInfo info, String what) {
        problems.add(new Problem(info.path(), Kind.CHANGED, "path '" + show(info.path()) + "' " + what));
    }

    private String show(StorePath path) {
        return opened.config().storeDir().print(path);
    }
}
