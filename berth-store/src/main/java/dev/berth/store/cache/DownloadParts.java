package dev.berth.store.cache;

import dev.berth.linux.Directory;
import dev.berth.linux.Names;
import dev.berth.linux.OpenFile;
import dev.berth.nix.Hash;
import dev.berth.nix.HashFormat;
import dev.berth.nix.NarInfo;
import dev.berth.store.DownloadSpool;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The parts of downloads in a directory, {@code <hash of address and file hash>-<size of the whole>.part}. Other processes
 * may use it at the same time. Thread-safe.
 */
final class DownloadParts {
    private static final Logger LOG = LoggerFactory.getLogger(DownloadParts.class);
    private static final Pattern NAME = Pattern.compile("[0-9a-f]{64}-([0-9]{1,18})\\.part");

    private final DownloadSpool spool;

    /** Deletes the parts that are too old. */
    DownloadParts(DownloadSpool spool) {
        this.spool = spool;
        try {
            Instant oldest = Instant.now().minus(spool.maxAge());
            for (Kept kept : kept()) {
                if (kept.changed().isBefore(oldest)) {
                    delete(kept);
                }
            }
        } catch (IOException e) {
            LOG.warn("cannot tidy up the parts of downloads in {}: {}", spool.directory(), e.getMessage());
        }
    }

    private record Kept(String name, long whole, Instant changed) {}

    /** The part of a file, empty or not; nothing if the file is small, does not fit in, or is being downloaded already. */
    Optional<DownloadPart> of(URI url, NarInfo info) {
        long size = info.fileSize().orElse(0);
        if (size < spool.smallest() || size == 0) {
            return Optional.empty();
        }
        String file = info.fileHash().orElse(info.info().narHash()).toNix32();
        byte[] key = (url + "\n" + file).getBytes(StandardCharsets.UTF_8);
        String name = Hash.sha256(key).format(HashFormat.BASE16, false) + "-" + size + ".part";
        try {
            if (!makeRoom(name, size)) {
                return Optional.empty();
            }
            Files.createDirectories(
                    spool.directory(),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            return open(name);
        } catch (IOException e) {
            LOG.warn("cannot keep the parts of downloads in {}: {}", spool.directory(), e.getMessage());
            return Optional.empty();
        }
    }

    private Optional<DownloadPart> open(String name) throws IOException {
        Directory directory = Directory.open(spool.directory());
        boolean kept = false;
        try {
            OpenFile file = directory.openOrCreateFile(Names.bytes(name), 0600);
            try {
                kept = file.tryLock(OpenFile.Lock.EXCLUSIVE) && isNamed(directory, name, file);
                return kept ? Optional.of(new DownloadPart(directory, name, file)) : Optional.empty();
            } finally {
                if (!kept) {
                    file.close();
                }
            }
        } finally {
            if (!kept) {
                directory.close();
            }
        }
    }

    /** Whether nobody deleted it between opening and locking it. */
    private static boolean isNamed(Directory directory, String name, OpenFile file) throws IOException {
        long inode = file.stat().inode();
        return directory
                .statIfExists(Names.bytes(name))
                .filter(stat -> stat.inode() == inode)
                .isPresent();
    }

    private boolean makeRoom(String name, long size) throws IOException {
        List<Kept> others = new ArrayList<>(kept());
        others.removeIf(kept -> kept.name().equals(name));
        others.sort(Comparator.comparing(Kept::changed));
        long left = spool.maxBytes() - size;
        for (Kept kept : others) {
            left -= kept.whole();
        }
        for (Kept kept : others) {
            if (left >= 0) {
                break;
            }
            if (delete(kept)) {
                left += kept.whole();
            }
        }
        return left >= 0;
    }

    private List<Kept> kept() throws IOException {
        if (!Files.isDirectory(spool.directory())) {
            return List.of();
        }
        List<Kept> all = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(spool.directory(), "*.part")) {
            for (Path file : files) {
                Matcher name = NAME.matcher(String.valueOf(file.getFileName()));
                if (name.matches()) {
                    all.add(new Kept(name.group(), Long.parseLong(name.group(1)), changed(file)));
                }
            }
        }
        return all;
    }

    private static Instant changed(Path file) {
        try {
            FileTime time = Files.getLastModifiedTime(file);
            return time.toInstant();
        } catch (IOException e) {
            return Instant.now(); // just deleted
        }
    }

    /** Deletes a part that nobody works on. */
    private boolean delete(Kept kept) throws IOException {
        Optional<DownloadPart> part = open(kept.name());
        try (DownloadPart mine = part.orElse(null)) {
            if (mine != null) {
                mine.discard();
            }
        }
        return part.isPresent();
    }
}
