package dev.berth.node.grpc;

import dev.berth.linux.Directory;
import dev.berth.linux.Names;
import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/**
 * The file of a unix socket. A server binds beside the place and is then moved there, so that the socket appears at once
 * with its final mode and takes the place of a dead one without a moment in between. The name beside begins with a dot: kubelet
 * takes no notice of such in the directory where it looks for plugins.
 */
public final class SocketFile {
    /** The kernel's limit of 108 bytes (unix(7)) less the zero byte. */
    private static final int MAX_LENGTH = 107;

    private final Path place;
    private final Path beside;
    private @Nullable Object key;

    /**
     * The socket at a path.
     *
     * @throws IOException if the path is too long for one
     */
    public SocketFile(Path place) throws IOException {
        this.place = place;
        this.beside = place.resolveSibling("." + place.getFileName() + "~");
        if (beside.toString().getBytes(StandardCharsets.UTF_8).length > MAX_LENGTH) {
            throw new IOException("the path is longer than " + (MAX_LENGTH - 1) + " bytes: choose a shorter one");
        }
    }

    /**
     * Makes room: creates the directory and removes what a dead process left.
     *
     * @return where to bind
     * @throws IOException if a living process listens there or something else is in the way
     */
    public Path prepare() throws IOException {
        Path parent = place.getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        refuseUnlessDead(place);
        refuseUnlessDead(beside);
        Files.deleteIfExists(beside);
        return beside;
    }

    /** Moves the bound socket to its place. */
    public void publish() throws IOException {
        Files.setPosixFilePermissions(beside, PosixFilePermissions.fromString("rw-------"));
        key = keyAt(beside);
        Files.move(beside, place, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Whether the socket that was published is still what is at its place. */
    boolean inPlace() throws IOException {
        return key != null && key.equals(keyAt(place));
    }

    /** Removes the socket unless another took its place. */
    public void remove() throws IOException {
        if (inPlace()) {
            Files.deleteIfExists(place);
        }
        key = null;
    }

    /** Removes a socket that nobody listens on any more; anything else is left alone. */
    static void removeDead(Path place) throws IOException {
        if (Files.exists(place, LinkOption.NOFOLLOW_LINKS)) {
            try {
                refuseUnlessDead(place);
            } catch (IOException e) {
                return;
            }
            Files.deleteIfExists(place);
        }
    }

    private static @Nullable Object keyAt(Path path) throws IOException {
        try {
            return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                    .fileKey();
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    private static void refuseUnlessDead(Path path) throws IOException {
        Path parent = path.toAbsolutePath().getParent();
        if (parent == null || !Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        // A device refuses connections, too: /dev/null would be taken for a dead socket.
        try (Directory directory = Directory.open(parent)) {
            if (!directory.stat(Names.bytes(path.getFileName())).socket()) {
                throw new IOException(path + " exists and is not a socket: move it away");
            }
        }
        try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            // Not waiting for a process that is there but accepts nobody.
            probe.configureBlocking(false);
            probe.connect(UnixDomainSocketAddress.of(path));
        } catch (ConnectException e) {
            return;
        }
        throw new IOException("another process serves " + path + ": stop it or choose another socket");
    }
}
