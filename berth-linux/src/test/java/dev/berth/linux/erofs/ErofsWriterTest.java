package dev.berth.linux.erofs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.linux.DetachedMount;
import dev.berth.linux.Directory;
import dev.berth.linux.FileSystemContext;
import dev.berth.linux.LinuxException;
import dev.berth.linux.MountAttribute;
import dev.berth.linux.Mounts;
import dev.berth.linux.Names;
import dev.berth.linux.Namespace;
import dev.berth.linux.NamespaceThread;
import dev.berth.linux.OpenFile;
import dev.berth.linux.erofs.Node.Data;
import dev.berth.linux.erofs.Node.Dir;
import dev.berth.linux.erofs.Node.Link;
import dev.berth.linux.erofs.Node.Redirected;
import dev.berth.testing.Command;
import dev.berth.testing.Project;
import dev.berth.testing.Requires;
import dev.berth.testing.Seed;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images of all kinds of trees: mounted by the kernel and compared, and checked by fsck.erofs. */
final class ErofsWriterTest {
    @TempDir
    private Path temp;

    private int images;

    private Path write(Dir root) throws IOException {
        Path image = temp.resolve("image-" + images++);
        try (Directory directory = Directory.open(temp);
                OpenFile file = directory.createFile(Names.bytes(image.getFileName()), 0600)) {
            ErofsWriter writer = new ErofsWriter(file, Node.TIME, 0755);
            root.writeEntries(writer);
            writer.finish();
        }
        return image;
    }

    private static Dir root() {
        return new Dir(0755, "");
    }

    /** Writes it and looks at it with the eyes of others. */
    private void check(Dir root, String what) throws IOException {
        Path image = write(root);
        fsck(image, what);
        Requires.root();
        try (DetachedMount mount = mount(image);
                Directory top = mount.root()) {
            root.compareEntries(top, what);
        }
    }

    private static DetachedMount mount(Path image) throws IOException {
        try (FileSystemContext erofs = FileSystemContext.of("erofs")) {
            erofs.option("source", image);
            return erofs.mount(Set.of(MountAttribute.READ_ONLY));
        } catch (LinuxException e) {
            Requires.that(!String.valueOf(e.getMessage()).contains("ENOTBLK"), "needs EROFS from files (Linux 6.12)");
            throw e;
        }
    }

    private static void fsck(Path image, String what) {
        Requires.program("fsck.erofs");
        List<List<String>> tools = new ArrayList<>();
        tools.add(List.of("fsck.erofs"));
        if (Files.exists(Project.root().resolve(".cache/debian13/.made"))
                && "root".equals(System.getProperty("user.name"))) {
            tools.add(List.of(Project.root().resolve("testbed/debian13").toString(), "fsck.erofs"));
        }
        for (List<String> tool : tools) {
            String[] command =
                    Stream.concat(tool.stream(), Stream.of(image.toString())).toArray(String[]::new);
            Command.Result result = Command.of(command).run();
            assertThat(result.exitCode())
                    .as("%s: %s %s", what, result.stdout(), result.stderr())
                    .isZero();
            assertThat(result.stderr()).as(what).isEmpty();
        }
    }

    @Test
    void anEmptyImageIsAnEmptyDirectory() throws IOException {
        check(root(), "empty");
    }

    @Test
    void randomTreesComeBackAsTheyWere() throws IOException {
        for (int i = 0; i < 6; i++) {
            long seed = Seed.first() + i;
            check(random(new Random(seed)), "seed " + seed);
        }
    }

    private static Dir random(Random random) {
        Dir root = root();
        List<Dir> directories = new ArrayList<>(List.of(root));
        int count = 50 + random.nextInt(600);
        for (int i = 0; i < count; i++) {
            Dir in = directories.get(random.nextInt(directories.size()));
            Node node = switch (random.nextInt(6)) {
                case 0 -> {
                    Dir made = new Dir(random.nextBoolean() ? 0555 : 0755, mark(random));
                    directories.add(made);
                    yield made;
                }
                case 1 -> new Link(bytes(random, 1 + random.nextInt(random.nextInt(20) == 0 ? 4095 : 60)));
                case 2 -> Data.random(random, random.nextInt(200));
                case 3 -> Data.random(random, 3900 + random.nextInt(400));
                case 4 -> Data.random(random, random.nextInt(100_000));
                default ->
                    new Redirected(
                            random.nextBoolean() ? 0444 : 0555,
                            random.nextLong(1L << random.nextInt(1, 44)),
                            "/" + "p/".repeat(random.nextInt(100)) + i);
            };
            in.entries.put(bytes(random, 1 + random.nextInt(random.nextInt(10) == 0 ? 255 : 12)), node);
        }
        return root;
    }

    private static String mark(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> "opaque";
            case 1 -> "/store/" + random.nextInt();
            default -> "";
        };
    }

    /** Any bytes that may be a name. */
    private static byte[] bytes(Random random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        for (int i = 0; i < length; i++) {
            if (bytes[i] == 0 || bytes[i] == '/' || (i == 0 && bytes[i] == '.')) {
                bytes[i] = 'x';
            }
        }
        return bytes;
    }

    @Test
    void largeDirectoriesAndLongNames() throws IOException {
        Dir wide = new Dir(0555, "");
        Dir longNames = new Dir(0555, "/x");
        for (int i = 0; i < 12_000; i++) {
            wide.with("file-" + i, new Redirected(0444, i, "/store/file-" + i));
        }
        for (int i = 0; i < 300; i++) {
            longNames.with("%0255d".formatted(i), i % 2 == 0 ? new Dir(0555, "") : new Link(new byte[] {'x'}));
        }
        // Every size of a directory around that of a block, where its entries move from the inode to blocks of their
        // own.
        Dir sizes = root();
        for (int i = 0; i < 120; i++) {
            Dir one = new Dir(0555, i % 2 == 0 ? "" : "/redirected");
            for (int j = 0; j < 15; j++) {
                one.with("%0246d".formatted(j), new Link(new byte[] {'x'}));
            }
            sizes.with("s" + i, one.with("y".repeat(1 + i), new Link(new byte[] {'x'})));
        }
        check(root().with("wide", wide).with("long", longNames).with("sizes", sizes), "large");
    }

    @Test
    void moreSubdirectoriesThanTheSmallInodeCounts() throws IOException {
        Dir many = new Dir(0555, "");
        for (int i = 0; i < 66_000; i++) {
            many.entries.put(Names.bytes(Integer.toString(i)), new Dir(0555, ""));
        }
        Path image = write(root().with("many", many));
        fsck(image, "many");
        Requires.root();
        try (DetachedMount mount = mount(image);
                Directory top = mount.root()) {
            assertThat(top.stat(Names.bytes("many")).links()).isEqualTo(66_002);
            try (Directory found = top.openBeneath(Names.bytes("many/65999"))) {
                assertThat(found.entries()).isEmpty();
            }
        }
    }

    @Test
    void sizesAtTheLimits() throws IOException {
        Random random = new Random(Seed.first());
        Dir root = root();
        for (long size :
                new long[] {0, 1, 4095, 4096, 4097, (1L << 32) - 1, 1L << 32, 5L << 30, (1L << 43) - 1, 1L << 43}) {
            root.with("redirected-" + size, new Redirected(0444, size, "/" + "d".repeat(200)));
        }
        for (int size : new int[] {0, 1, 4031, 4032, 4033, 4064, 4065, 4095, 4096, 4097, 8192, 1 << 20}) {
            root.with("data-" + size, Data.random(random, size));
        }
        for (int size : new int[] {1, 4063, 4064, 4065, 4095}) {
            root.with("link-" + size, new Link(bytes(random, size)));
        }
        for (int size : new int[] {1, 3900, 4000, 4040, 4060, 4095}) {
            root.with("to-" + size, new Redirected(0555, 7, "/" + "r".repeat(size - 1)));
            root.with("dir-" + size, new Dir(0555, "/" + "r".repeat(size - 1)).with("x", Data.random(random, 10)));
        }
        check(root, "limits");
    }

    /** Not shown to fsck.erofs, which has no stack for it. */
    @Test
    void deepTrees() throws IOException {
        Dir root = root();
        Dir deep = root;
        for (int i = 0; i < 1000; i++) {
            Dir next = new Dir(0555, "");
            deep.with("d", next);
            deep = next;
        }
        Path image = write(root);
        Requires.root();
        try (DetachedMount mount = mount(image);
                Directory top = mount.root()) {
            root.compareEntries(top, "deep");
        }
    }

    @Test
    void theSameTreeGivesTheSameBytes() throws IOException {
        long seed = Seed.first();
        Path one = write(random(new Random(seed)));
        Path two = write(random(new Random(seed)));
        assertThat(Files.mismatch(one, two)).as("seed %d", seed).isEqualTo(-1);
        assertThat(Files.size(one) % 4096).isZero();
    }

    /** A file that is there once, shown under a redirected directory and as a redirected file. */
    @Test
    void anOverlayTakesRedirectedFilesFromTheOtherLayer() throws Exception {
        Requires.root();
        Path store = Files.createDirectories(temp.resolve("store"));
        Files.createDirectories(store.resolve("package/bin/deep"));
        Files.writeString(store.resolve("package/bin/deep/program"), "program");
        Files.writeString(store.resolve("package/readme"), "readme");
        Files.writeString(store.resolve("single"), "single");
        Files.writeString(store.resolve("other"), "other");
        Files.createDirectories(store.resolve("shown/other"));
        Dir root = root().with(
                        "shown",
                        new Dir(0755, "opaque")
                                .with("package", new Dir(0555, "/package"))
                                .with("single", new Redirected(0444, 6, "/single"))
                                .with(
                                        "copy",
                                        new Dir(0555, "")
                                                .with("program", new Redirected(0555, 7, "/package/bin/deep/program")))
                                .with("own", new Data(0444, Names.bytes("own"))));
        Path image = write(root);
        Path lower = Files.createDirectory(temp.resolve("lower"));
        Path at = Files.createDirectory(temp.resolve("at"));
        NamespaceThread.inNew(Set.of(Namespace.MOUNT), () -> {
            try (DetachedMount erofs = mount(image)) {
                erofs.attach(lower);
            }
            Mounts.mount(
                    "overlay",
                    "test",
                    at,
                    Set.of(MountAttribute.READ_ONLY),
                    "metacopy=on,redirect_dir=on,lowerdir=" + lower + ":" + store);
            Path shown = at.resolve("shown");
            try (Stream<Path> all = Files.walk(shown)) {
                assertThat(all.map(path -> shown.relativize(path).toString()).sorted())
                        .containsExactly(
                                "",
                                "copy",
                                "copy/program",
                                "own",
                                "package",
                                "package/bin",
                                "package/bin/deep",
                                "package/bin/deep/program",
                                "package/readme",
                                "single");
            }
            assertThat(shown.resolve("copy/program")).hasContent("program").isExecutable();
            assertThat(shown.resolve("package/bin/deep/program")).hasContent("program");
            assertThat(shown.resolve("package/readme")).hasContent("readme");
            assertThat(shown.resolve("single")).hasContent("single");
            assertThat(shown.resolve("own")).hasContent("own");
            return null;
        });
    }

    @Test
    void whatNoImageCanHoldIsRefused() throws IOException {
        try (Directory directory = Directory.open(temp);
                OpenFile file = directory.createFile(Names.bytes("refusals"), 0600)) {
            ErofsWriter writer = new ErofsWriter(file, 1, 0755);
            for (String name : List.of("", ".", "..", "a/b", "a\0b", "n".repeat(256))) {
                assertThatThrownBy(() -> writer.directory(Names.bytes(name), 0555))
                        .isInstanceOf(IOException.class)
                        .hasMessageContaining("cannot be the name of a file in an image");
            }
            byte[] name = Names.bytes("name");
            for (String target : List.of("", "t".repeat(4096), "a\0b")) {
                assertThatThrownBy(() -> writer.symlink(name, Names.bytes(target)))
                        .hasMessageContaining("not 1 to 4095");
                assertThatThrownBy(() ->
                                writer.redirectedFile(name, 0444, 1, Names.bytes("/" + target + "/".repeat(4096))))
                        .hasMessageContaining("not 1 to 4095");
            }
            assertThatThrownBy(() -> writer.redirectedDirectory(name, 0555, Names.bytes("relative")))
                    .hasMessageContaining("not absolute: 'relative'");
            assertThatThrownBy(() -> writer.redirectedFile(name, 0444, (1L << 43) + 1, Names.bytes("/x")))
                    .hasMessageContaining("up to " + (1L << 43));
            assertThatThrownBy(() -> writer.file(name, 0444, 5000, new ByteArrayInputStream(new byte[4999])))
                    .isInstanceOf(EOFException.class)
                    .hasMessageContaining("after 4999 of 5000 bytes");
            assertThatThrownBy(() -> writer.file(name, 0444, 5, new ByteArrayInputStream(new byte[4])))
                    .isInstanceOf(EOFException.class);
            assertThatThrownBy(writer::leave).isInstanceOf(IllegalStateException.class);
            writer.directory(name, 0555);
            assertThatThrownBy(writer::finish).isInstanceOf(IllegalStateException.class);
            writer.symlink(name, name);
            writer.symlink(Names.bytes("other"), name);
            writer.symlink(name, name);
            assertThatThrownBy(writer::leave).hasMessageContaining("two entries named 'name'");
        }
    }

    @Test
    void adirectoryHasABound() throws IOException {
        try (Directory directory = Directory.open(temp);
                OpenFile file = directory.createFile(Names.bytes("bound"), 0600)) {
            ErofsWriter writer = new ErofsWriter(file, 1, 0755);
            byte[] target = {'x'};
            for (int i = 0; i < ErofsWriter.MAX_ENTRIES; i++) {
                writer.symlink(Names.bytes(Integer.toString(i)), target);
            }
            assertThatThrownBy(() -> writer.symlink(Names.bytes("one more"), target))
                    .hasMessageContaining("more than " + ErofsWriter.MAX_ENTRIES + " entries: 'one more'");
            writer.finish();
            assertThat(Arrays.asList(temp.toFile().list())).contains("bound");
        }
    }
}
