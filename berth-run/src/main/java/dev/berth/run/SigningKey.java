package dev.berth.run;

import dev.berth.nix.FormatException;
import dev.berth.nix.SecretKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** The key that signs what is pushed to the embedded cache, made once for a root. */
final class SigningKey {
    private SigningKey() {}

    /**
     * Reads the key, or makes one that only its owner may read.
     *
     * @throws RunException if the file is no key
     */
    static SecretKey of(Layout layout) throws IOException {
        Path file = layout.key();
        try {
            return SecretKey.parse(Files.readString(file).strip());
        } catch (NoSuchFileException e) {
            return make(file, layout.mark());
        } catch (FormatException e) {
            throw RunException.failed(file + " is no secret key: delete it and run again", e);
        }
    }

    private static SecretKey make(Path file, String name) throws IOException {
        SecretKey key = SecretKey.generate(name);
        Path part = file.resolveSibling(file.getFileName() + ".part");
        Files.deleteIfExists(part);
        try (FileChannel channel = FileChannel.open(
                part,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            channel.write(ByteBuffer.wrap((key.print() + "\n").getBytes(StandardCharsets.UTF_8)));
            channel.force(true);
        }
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
        return key;
    }
}
