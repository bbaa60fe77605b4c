package dev.berth.store.local;

import dev.berth.linux.Directory;
import dev.berth.linux.Errno;
import dev.berth.linux.LinuxException;
import dev.berth.linux.Names;
import dev.berth.linux.OpenFile;
import dev.berth.nix.FormatException;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the temporary roots of all live processes (libstore/gc.cc, {@code findTempRoots}). A file whose lock nobody holds
 * is that of a dead process: it is marked, deleted and not read.
 */
final class RootsReader {
    private static final Logger LOG = LoggerFactory.getLogger(RootsReader.class);
    private static final byte[] STALE = {'d'};
    private static final int MAX_SIZE = 256 << 20;

    private RootsReader() {}

    /** Each path with the processes that hold it, as {@code {temp:PID}}. */
    static Map<StorePath, Set<String>> read(StoreDir storeDir, Directory state) throws IOException {
        Map<StorePath, Set<String>> roots = new HashMap<>();
        try (Directory directory = state.openDirectory(Names.bytes("temproots"))) {
            for (var entry : directory.entries()) {
                byte[] name = entry.name();
                if (name[0] != '.') {
                    String owner = "{temp:" + entry + "}";
                    for (StorePath path : readLive(storeDir, directory, name)) {
                        roots.computeIfAbsent(path, key -> new HashSet<>()).add(owner);
                    }
                }
            }
        }
        return roots;
    }

    private static Set<StorePath> readLive(StoreDir storeDir, Directory directory, byte[] name) throws IOException {
        Optional<OpenFile> found = openIfThere(directory, name);
        if (found.isEmpty()) {
            return Set.of();
        }
        try (OpenFile file = found.get()) {
            if (file.tryLock(OpenFile.Lock.EXCLUSIVE)) {
                LOG.info("removing the temporary roots of dead process {}", Names.show(name));
                try {
                    directory.unlink(name);
                } catch (LinuxException e) {
                    // Its owner ended between our look and our lock, and removed it itself.
                    if (!e.is(Errno.ENOENT)) {
                        throw e;
                    }
                }
                file.write(STALE, 0, 1);
                return Set.of();
            }
            return parse(storeDir, contents(file), name);
        }
    }

    private static Optional<OpenFile> openIfThere(Directory directory, byte[] name) throws LinuxException {
        if (directory.statIfExists(name).isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(directory.openOrCreateFile(name, 0600));
        } catch (LinuxException e) {
            if (e.is(Errno.ENOENT)) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private static byte[] contents(OpenFile file) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] buffer = new byte[1 << 16];
        for (int n = file.read(buffer, 0, buffer.length); n > 0; n = file.read(buffer, 0, buffer.length)) {
            all.write(buffer, 0, n);
            if (all.size() > MAX_SIZE) {
                throw new IOException("file of temporary roots '" + file + "' is longer than " + MAX_SIZE + " bytes");
            }
        }
        return all.toByteArray();
    }

    // What has no NUL behind it is still being written, and its writer will tell the collector itself.
    private static Set<StorePath> parse(StoreDir storeDir, byte[] contents, byte[] name) throws IOException {
        Set<StorePath> roots = new HashSet<>();
        int start = 0;
        for (int i = 0; i < contents.length; i++) {
            if (contents[i] == 0) {
                String text = new String(contents, start, i - start, StandardCharsets.ISO_8859_1);
                try {
                    roots.add(storeDir.parse(text));
                } catch (FormatException e) {
                    // Not knowing what it protects, nothing may be deleted.
                    throw new IOException("temporary roots '" + Names.show(name) + "': " + e.getMessage(), e);
                }
                start = i + 1;
            }
        }
        return roots;
    }
}
