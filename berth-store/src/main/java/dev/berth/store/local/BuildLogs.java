package dev.berth.store.local;

import dev.berth.nix.StorePath;
import dev.berth.store.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;

/**
 * The logs of builds, compressed with bzip2, each in {@code drvs/<two digits>/<rest of the derivation's name>.bz2}
 * (libstore/local-store.cc, {@code addBuildLog}). Any thread.
 */
public final class BuildLogs {
    private final Path directory;

    BuildLogs(Path directory) {
        this.directory = directory;
    }

    /** Where the log of a derivation lies or would lie. */
    public Path file(StorePath drvPath) {
        String name = drvPath.baseName();
        return directory.resolve("drvs", name.substring(0, 2), name.substring(2) + ".bz2");
    }

    /**
     * Keeps the log of a derivation; one that is there already stays.
     *
     * @param log read to its end
     * @throws StoreException of kind {@code REFUSED} if the path is no derivation's; or if it cannot be written
     */
    public void add(StorePath drvPath, InputStream log) throws IOException {
        if (!drvPath.isDerivation()) {
            throw new StoreException(
                    StoreException.Kind.REFUSED, "cannot add a log of '" + drvPath + "': it is no derivation");
        }
        Path file = file(drvPath);
        if (Files.exists(file)) {
            log.transferTo(OutputStream.nullOutputStream());
            return;
        }
        try {
            Files.createDirectories(file.getParent());
        } catch (IOException e) {
            throw Failure.of("adding the log of '" + drvPath + "'", e);
        }
        Path part = file.resolveSibling(
                file.getFileName() + ".tmp." + ProcessHandle.current().pid() + "."
                        + ThreadLocalRandom.current().nextInt(Integer.MAX_VALUE));
        try {
            try (OutputStream out = new BZip2CompressorOutputStream(Files.newOutputStream(part))) {
                log.transferTo(out);
            }
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(part);
        }
    }
}
