package dev.berth.gateway.unix;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.berth.linux.Directory;
import dev.berth.linux.Errno;
import dev.berth.linux.FileStat;
import dev.berth.linux.LinuxException;
import dev.berth.linux.Names;
import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The file of a listening unix socket. The kernel takes 107 bytes of path at most (unix(7)), so everything goes by way of
 * the open directory; the socket is made beside its place under a short name and moved there with its final mode, so that
 * it takes a dead one's place without a moment in between.
 */
final class SocketFile implements AutoCloseable {
    private final Path place;
    private final Directory directory;
    private final byte[] name;
    private @Nullable FileStat mine;

    private SocketFile(Path place, Directory directory, byte[] name) {
        this.place = place;
        this.directory = directory;
        this.name = name;
    }

    /**
     * Listens.
     *
     * @param place an absolute path; missing directories are made
     * @param permissions of the socket, such as 0666
     * @param backlog how many connections may wait to be accepted
     * @throws IOException if another process listens there, or something other than a socket is there
     */
    static SocketFile listen(ServerSocketChannel server, Path place, int permissions, int backlog) throws IOException {
        Path parent = place.getParent();
        Path last = place.getFileName();
        if (parent == null || last == null) {
            throw new IOException(place + " cannot be a socket: name a file in a directory");
        }
        Files.createDirectories(parent);
        Directory directory = Directory.open(parent);
        SocketFile file = new SocketFile(place, directory, Names.bytes(last));
        try {
            file.refuseUnlessDead();
            file.bind(server, permissions, backlog);
            return file;
        } catch (IOException | RuntimeException e) {
            directory.close();
            throw e;
        }
    }

    private void refuseUnlessDead() throws IOException {
        Optional<FileStat> there = directory.statIfExists(name);
        if (there.isEmpty()) {
            return;
        }
        if (!there.get().socket()) {
            throw new IOException(place + " exists and is not a socket: move it away");
        }
        // A path of its own for the same reason as in bind(): the name may be too long.
        String link = shortName("probe");
        byte[] linkName = link.getBytes(US_ASCII);
        directory.symlink(name, linkName);
        try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            // Not waiting for a process that is there but accepts nobody.
            probe.configureBlocking(false);
            probe.connect(address(link));
        } catch (ConnectException e) {
            return;
        } finally {
            directory.unlink(linkName);
        }
        throw new IOException("another process serves " + place + ": stop it or choose another socket");
    }

    private void bind(ServerSocketChannel server, int permissions, int backlog) throws IOException {
        String beside = shortName("new");
        byte[] besideName = beside.getBytes(US_ASCII);
        server.bind(address(beside), backlog);
        try {
            directory.setPermissions(besideName, permissions);
            mine = directory.stat(besideName);
            directory.rename(besideName, directory, name, Directory.Rename.REPLACE);
        } catch (LinuxException e) {
            directory.unlink(besideName);
            throw e;
        }
    }

    private static String shortName(String kind) {
        return ".berth-" + kind + "-" + ProcessHandle.current().pid();
    }

    private UnixDomainSocketAddress address(String file) {
        return UnixDomainSocketAddress.of("/proc/self/fd/" + directory.number() + "/" + file);
    }

    /** Removes the socket unless another took its place. */
    @Override
    public void close() throws IOException {
        try (directory) {
            Optional<FileStat> now = directory.statIfExists(name);
            FileStat made = mine;
            if (made != null
                    && now.isPresent()
                    && now.get().inode() == made.inode()
                    && now.get().device() == made.device()) {
                directory.unlink(name);
            }
        } catch (LinuxException e) {
            if (!e.is(Errno.ENOENT)) {
                throw e;
            }
        }
    }
}
