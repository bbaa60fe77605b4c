package dev.berth.run;

import dev.berth.linux.MountInfo;
import dev.berth.linux.MountTable;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Deletes directories of the run. */
final class Trees {
    private Trees() {}

    /**
     * Deletes a directory with all below it, if it is there. Nothing is deleted through a mount.
     *
     * @throws IOException also if something is mounted below it, or if that can't be found out
     */
    static void delete(Path directory) throws IOException {
        if (!Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        List<MountInfo> mounts = MountTable.below(directory);
        if (!mounts.isEmpty()) {
            throw new IOException(
                    directory + " is not deleted: " + mounts.getFirst().mountPoint() + " is still mounted");
        }
        Files.walkFileTree(directory, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failure) throws IOException {
                if (failure != null) {
                    throw failure;
                }
                Files.delete(visited);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
