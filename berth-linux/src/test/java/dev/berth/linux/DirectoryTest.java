package dev.berth.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.testing.Seed;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Directory-relative calls on a real file system. */
final class DirectoryTest {
    @TempDir
    private Path temp;

    private Directory directory;

    @BeforeEach
    void open() throws IOException {
        directory = Directory.open(temp);
    }

    @AfterEach
    void close() throws IOException {
        directory.close();
    }

    @Test
    void namesOfAnyBytesComeBackAsTheyWere() throws IOException {
        long seed = Seed.first();
        Random random = new Random(seed);
        List<byte[]> names = new ArrayList<>();
        names.add(new byte[] {(byte) 0xff});
        names.add(Names.bytes("ü€𝄞"));
        names.add(new byte[] {'\n'});
        for (int i = 0; i < 200; i++) {
            byte[] name = new byte[1 + random.nextInt(255)];
            random.nextBytes(name);
            for (int j = 0; j < name.length; j++) {
                name[j] = name[j] == 0 || name[j] == '/' ? (byte) 'x' : name[j];
            }
            if (names.stream().noneMatch(other -> java.util.Arrays.equals(other, name))
                    && !Names.show(name).startsWith(".")) {
                names.add(name);
            }
        }
        for (byte[] name : names) {
            directory.createFile(name, 0600).close();
        }
        names.sort(java.util.Arrays::compareUnsigned);
        assertThat(directory.entries().stream().map(Entry::name).toList())
                .as("seed %d", seed)
                .usingElementComparator(java.util.Arrays::compareUnsigned)
                .isEqualTo(names);
        for (byte[] name : names) {
            assertThat(directory.stat(name).type()).isEqualTo(FileType.REGULAR);
            directory.unlink(name);
        }
        assertThat(directory.entries()).isEmpty();
    }

    @Test
    void namesThatAreNoSingleComponentAreRefused() {
        for (String name : List.of("", ".", "..", "a/b", "/", "/etc", "../x", "a\0b")) {
            byte[] bytes = Names.bytes(name);
            assertThatThrownBy(() -> directory.makeDirectory(bytes, 0700))
                    .as(name)
                    .isInstanceOfSatisfying(
                            LinuxException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EINVAL));
            assertThatThrownBy(() -> directory.tryLink(Names.bytes("x"), directory, bytes))
                    .isInstanceOf(LinuxException.class);
        }
        assertThatThrownBy(() -> directory.makeDirectory(new byte[5000], 0700)).isInstanceOf(LinuxException.class);
        byte[] tooLong = Names.bytes("x".repeat(256));
        assertThatThrownBy(() -> directory.createFile(tooLong, 0600))
                .isInstanceOfSatisfying(
                        LinuxException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENAMETOOLONG));
    }

    @Test
    void filesAreWrittenReadAndDescribed() throws IOException {
        byte[] name = Names.bytes("file");
        byte[] content = new byte[200_001];
        new Random(1).nextBytes(content);
        try (OpenFile file = directory.createFile(name, 0600)) {
            assertThat(file.allocate(content.length)).isIn(true, false);
            file.write(content, 0, 100_000);
            file.write(ByteBuffer.allocateDirect(100_001)
                    .put(content, 100_000, 100_001)
                    .flip());
            file.setPermissions(0444);
            file.setModified(1);
            file.sync();
        }
        FileStat stat = directory.stat(name);
        assertThat(stat.type()).isEqualTo(FileType.REGULAR);
        assertThat(stat.permissions()).isEqualTo(0444);
        assertThat(stat.size()).isEqualTo(content.length);
        assertThat(stat.modified()).isEqualTo(1);
        assertThat(stat.modifiedNanos()).isZero();
        assertThat(stat.links()).isEqualTo(1);
        assertThat(stat.inode()).isEqualTo(Files.getAttribute(temp.resolve("file"), "unix:ino"));
        assertThat(stat.owner()).isEqualTo(Files.getAttribute(temp.resolve("file"), "unix:uid"));
        assertThat(Files.readAllBytes(temp.resolve("file"))).isEqualTo(content);
        byte[] read = new byte[content.length + 1];
        try (OpenFile file = directory.openFile(name)) {
            int n = 0;
            for (int part; (part = file.read(read, n, read.length - n)) >= 0; ) {
                n += part;
            }
            assertThat(n).isEqualTo(content.length);
            assertThat(java.util.Arrays.copyOf(read, n)).isEqualTo(content);
            assertThat(file.read(read, 0, 10, 190_000)).isEqualTo(10);
            assertThat(java.util.Arrays.copyOf(read, 10))
                    .isEqualTo(java.util.Arrays.copyOfRange(content, 190_000, 190_010));
            assertThat(file.read(ByteBuffer.allocateDirect(8))).isEqualTo(-1);
        }
    }

    @Test
    void linksAreNotFollowed() throws IOException {
        Files.createDirectory(temp.resolve("dir"));
        Files.writeString(temp.resolve("secret"), "x");
        directory.symlink(Names.bytes("dir"), Names.bytes("to-dir"));
        directory.symlink(Names.bytes("secret"), Names.bytes("to-file"));
        assertThat(directory.readLink(Names.bytes("to-dir"))).isEqualTo(Names.bytes("dir"));
        assertThat(directory.stat(Names.bytes("to-file")).type()).isEqualTo(FileType.SYMLINK);
        assertErrno(
                Errno.ENOTDIR,
                () -> directory.openDirectory(Names.bytes("to-dir")).close());
        assertErrno(
                Errno.ELOOP, () -> directory.openFile(Names.bytes("to-file")).close());
        assertErrno(
                Errno.EEXIST,
                () -> directory.createFile(Names.bytes("to-file"), 0600).close());
        assertErrno(
                Errno.ELOOP,
                () -> directory.openOrCreateFile(Names.bytes("to-file"), 0600).close());
        assertErrno(Errno.EOPNOTSUPP, () -> directory.setPermissions(Names.bytes("to-file"), 0777));
        directory.setModified(Names.bytes("to-file"), 1);
        assertThat(directory.stat(Names.bytes("to-file")).modified()).isEqualTo(1);
        assertThat(directory.stat(Names.bytes("secret")).modified()).isGreaterThan(1);
        // A hard link of a symbolic link is the link itself.
        directory.link(Names.bytes("to-file"), directory, Names.bytes("again"));
        assertThat(directory.stat(Names.bytes("again")).type()).isEqualTo(FileType.SYMLINK);
        assertThat(directory.stat(Names.bytes("again")).links()).isEqualTo(2);
    }

    @Test
    void pathsBeneathNeitherLeaveNorFollow() throws IOException {
        Files.createDirectories(temp.resolve("a/b"));
        Files.writeString(temp.resolve("a/b/f"), "hello");
        Files.createSymbolicLink(temp.resolve("a/l"), Path.of("b"));
        try (Directory b = directory.openBeneath(Names.bytes("a/b"));
                OpenFile f = directory.openFileBeneath(Names.bytes("a/b/f"))) {
            assertThat(b.stat().type()).isEqualTo(FileType.DIRECTORY);
            assertThat(f.stat().size()).isEqualTo(5);
        }
        assertErrno(Errno.ELOOP, () -> directory.openBeneath(Names.bytes("a/l")).close());
        assertErrno(
                Errno.EXDEV, () -> directory.openBeneath(Names.bytes("a/../..")).close());
        assertErrno(
                Errno.EXDEV, () -> directory.openBeneath(Names.bytes("/etc")).close());
    }

    @Test
    void renamesReplaceKeepOrExchange() throws IOException {
        Files.writeString(temp.resolve("a"), "a");
        Files.writeString(temp.resolve("b"), "b");
        byte[] a = Names.bytes("a");
        byte[] b = Names.bytes("b");
        assertErrno(Errno.EEXIST, () -> directory.rename(a, directory, b, Directory.Rename.KEEP));
        directory.rename(a, directory, b, Directory.Rename.EXCHANGE);
        assertThat(temp.resolve("a")).hasContent("b");
        directory.rename(a, directory, b, Directory.Rename.REPLACE);
        assertThat(temp.resolve("b")).hasContent("b");
        assertThat(directory.statIfExists(a)).isEmpty();
    }

    @Test
    void anErrorNamesCallPathAndCause() throws IOException {
        assertThatThrownBy(() -> directory.stat(Names.bytes("missing")))
                .hasMessage("statx " + temp + "/missing: ENOENT (no such file or directory)");
        directory.close();
        assertErrno(Errno.EBADF, () -> directory.stat(Names.bytes("x")));
    }

    @Test
    void locksOfDescriptorsExcludeEachOther() throws IOException {
        byte[] name = Names.bytes("lock");
        try (OpenFile one = directory.openOrCreateFile(name, 0600);
                OpenFile two = directory.openOrCreateFile(name, 0600)) {
            assertThat(one.tryLock(OpenFile.Lock.EXCLUSIVE)).isTrue();
            assertThat(two.tryLock(OpenFile.Lock.SHARED)).isFalse();
            one.unlock();
            assertThat(two.tryLock(OpenFile.Lock.SHARED)).isTrue();
            assertThat(one.tryLock(OpenFile.Lock.SHARED)).isTrue();
            assertThat(one.tryLock(OpenFile.Lock.EXCLUSIVE)).isFalse();
        }
    }

    private interface Call {
        void run() throws IOException;
    }

    private static void assertErrno(Errno errno, Call call) {
        assertThatThrownBy(call::run)
                .isInstanceOfSatisfying(
                        LinuxException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }
}
