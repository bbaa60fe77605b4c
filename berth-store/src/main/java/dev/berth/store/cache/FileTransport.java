package dev.berth.store.cache;

import dev.berth.store.StoreException.Kind;
import java.io.BufferedOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import java.util.stream.Stream;

/** A binary cache in a directory of this machine. What is written appears by a rename, whole or not at all. */
final class FileTransport implements Transport {
    private final Path directory;
    private final boolean sync;
    private final Workspace workspace;

    /** @param sync whether each file is on the disk before it appears under its name */
    FileTransport(Path directory, boolean sync) {
        this.directory = directory;
        this.sync = sync;
        this.workspace = new Workspace(directory);
    }

    Path directory() {
        return directory;
    }

    @Override
    public Optional<byte[]> read(String name, int limit) throws IOException {
        Optional<InputStream> opened = open(name);
        if (opened.isEmpty()) {
            return Optional.empty();
        }
        try (InputStream in = opened.get()) {
            byte[] bytes = in.readNBytes(limit + 1);
            if (bytes.length > limit) {
                throw new IOException(directory.resolve(name) + " is longer than " + limit + " bytes");
            }
            return Optional.of(bytes);
        }
    }

    @Override
    public Optional<InputStream> open(String url) throws IOException {
        Path file = resolve(url);
        try {
            return Optional.of(new FileBody(Files.newInputStream(file), file));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw cannot("read", file, e);
        }
    }

    @Override
    public boolean exists(String name) throws IOException {
        return Files.exists(resolve(name));
    }

    @SuppressWarnings("StreamResourceLeak") // the stream that is returned owns it, and the caller closes that
    @Override
    public Optional<Stream<Listed>> list(String name) throws IOException {
        Path listed = name.isEmpty() ? directory : resolve(name);
        try {
            return Optional.of(Files.list(listed).flatMap(file -> listed(file).stream()));
        } catch (NoSuchFileException e) {
            return Optional.of(Stream.empty()); // as every path of it is absent
        } catch (IOException e) {
            throw cannot("list", listed, e);
        }
    }

    private Optional<Listed> listed(Path file) {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return attributes.isRegularFile()
                    ? Optional.of(new Listed(
                            directory.relativize(file).toString(),
                            attributes.size(),
                            attributes.lastModifiedTime().toInstant()))
                    : Optional.empty();
        } catch (NoSuchFileException e) {
            return Optional.empty(); // deleted meanwhile
        } catch (IOException e) {
            throw new UncheckedIOException(cannot("read", file, e));
        }
    }

    @Override
    public void write(String name, byte[] content) throws IOException {
        try (Draft draft = draft()) {
            draft.out().write(content);
            draft.publish(name);
        }
    }

    @Override
    public Draft draft() throws IOException {
        try {
            return new FileDraft(workspace.newFile());
        } catch (IOException e) {
            throw cannot("write", directory, e);
        }
    }

    @Override
    public void update(String name, int limit, Edit edit) throws IOException {
        workspace.exclusively(() -> write(name, edit.apply(read(name, limit))));
    }

    @Override
    public void delete(String name) throws IOException {
        Path file = resolve(name);
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw cannot("delete", file, e);
        }
    }

    @Override
    public void close() {
        workspace.close();
    }

    /** The file of a name that came from outside: it must lie in the cache. */
    private Path resolve(String name) throws IOException {
        try {
            Path file = directory.resolve(name).normalize();
            if (!name.isEmpty() && !name.contains("://") && file.startsWith(directory) && !file.equals(directory)) {
                return file;
            }
        } catch (InvalidPathException e) {
            throw new IOException("'" + name + "' is no name of a file: " + e.getReason(), e);
        }
        throw new IOException("'" + name + "' is not in the cache");
    }

    private static TransportException cannot(String verb, Path file, IOException e) {
        return new TransportException(kind(e), "cannot " + verb + " " + file + ": " + reason(e), false, e);
    }

    private static Kind kind(IOException e) {
        String reason = reason(e);
        if (reason.contains("No space left") || reason.contains("Disk quota exceeded")) {
            return Kind.NO_SPACE;
        }
        if (reason.contains("Read-only file system") || e instanceof AccessDeniedException) {
            return Kind.READ_ONLY;
        }
        return Kind.FAILED;
    }

    private static String reason(IOException e) {
        return switch (e) {
            case AccessDeniedException _ -> "permission denied";
            case NotDirectoryException _ -> "not a directory";
            case NoSuchFileException missing -> "no such file or directory: " + missing.getFile();
            case FileSystemException failed when failed.getReason() != null -> failed.getReason();
            default -> String.valueOf(e.getMessage());
        };
    }

    private static final class FileBody extends FilterInputStream {
        private final Path file;

        FileBody(InputStream in, Path file) {
            super(in);
            this.file = file;
        }

        @Override
        public int read() throws IOException {
            try {
                return super.read();
            } catch (IOException e) {
                throw unreadable(e);
            }
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            try {
                return super.read(buffer, offset, length);
            } catch (IOException e) {
                throw unreadable(e);
            }
        }

        private TransportException unreadable(IOException e) {
            return new TransportException(Kind.FAILED, "cannot read " + file + ": " + reason(e), false, e);
        }
    }

    private final class FileDraft implements Draft {
        private final Path file;
        private final FileChannel channel;
        private final OutputStream out;

        FileDraft(Path file) throws IOException {
            this.file = file;
            this.channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            this.out = new BufferedOutputStream(new Reporting(Channels.newOutputStream(channel), file));
        }

        @Override
        public OutputStream out() {
            return out;
        }

        @Override
        public void publish(String name) throws IOException {
            Path target = resolve(name);
            try {
                out.flush();
                if (sync) {
                    channel.force(false);
                }
                channel.close();
                move(target);
            } catch (TransportException e) {
                throw e;
            } catch (IOException e) {
                throw cannot("write", target, e);
            }
        }

        private void move(Path target) throws IOException {
            try {
                Files.move(file, target, StandardCopyOption.ATOMIC_MOVE);
            } catch (NoSuchFileException e) {
                Path parent = target.getParent();
                if (parent == null) {
                    throw e;
                }
                Files.createDirectories(parent);
                Files.move(file, target, StandardCopyOption.ATOMIC_MOVE);
            }
        }

        @Override
        public void close() throws IOException {
            channel.close();
            Files.deleteIfExists(file);
        }
    }

    /** Names the file in what goes wrong. */
    private static final class Reporting extends OutputStream {
        private final OutputStream out;
        private final Path file;

        Reporting(OutputStream out, Path file) {
            this.out = out;
            this.file = file;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            try {
                out.write(bytes, offset, length);
            } catch (IOException e) {
                throw cannot("write", file, e);
            }
        }
    }
}
