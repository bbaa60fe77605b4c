package dev.berth.linux.erofs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.linux.Directory;
import dev.berth.linux.ExtendedAttributes;
import dev.berth.linux.FileStat;
import dev.berth.linux.FileType;
import dev.berth.linux.Names;
import dev.berth.linux.OpenFile;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;

/** What an image is made of and what the kernel must show of it. */
sealed interface Node {
    long TIME = 1;

    /** Tells the writer. */
    void write(ErofsWriter to, byte[] name) throws IOException;

    /** Compares with what is mounted. */
    void compare(Directory in, byte[] name, String where) throws IOException;

    /** A directory; {@code mark} is "opaque", a path to redirect to, or empty. */
    final class Dir implements Node {
        final SortedMap<byte[], Node> entries = new TreeMap<>(Arrays::compareUnsigned);
        private final int permissions;
        private final String mark;

        Dir(int permissions, String mark) {
            this.permissions = permissions;
            this.mark = mark;
        }

        Dir with(String name, Node node) {
            entries.put(Names.bytes(name), node);
            return this;
        }

        @Override
        public void write(ErofsWriter to, byte[] name) throws IOException {
            switch (mark) {
                case "" -> to.directory(name, permissions);
                case "opaque" -> to.opaqueDirectory(name, permissions);
                default -> to.redirectedDirectory(name, permissions, Names.bytes(mark));
            }
            writeEntries(to);
            to.leave();
        }

        void writeEntries(ErofsWriter to) throws IOException {
            for (Map.Entry<byte[], Node> entry : entries.entrySet()) {
                entry.getValue().write(to, entry.getKey());
            }
        }

        @Override
        public void compare(Directory in, byte[] name, String where) throws IOException {
            assertThat(attribute(in, name, "opaque"))
                    .as(where)
                    .isEqualTo(mark.equals("opaque") ? Optional.of("y") : Optional.empty());
            assertThat(attribute(in, name, "redirect"))
                    .as(where)
                    .isEqualTo(mark.startsWith("/") ? Optional.of(mark) : Optional.empty());
            try (Directory self = in.openDirectory(name)) {
                compareEntries(self, where);
            }
        }

        void compareEntries(Directory self, String where) throws IOException {
            FileStat stat = self.stat();
            assertThat(stat.permissions()).as(where).isEqualTo(permissions);
            assertThat(stat.modified()).as(where).isEqualTo(TIME);
            assertThat(stat.owner() + stat.group()).as(where).isZero();
            assertThat(stat.links())
                    .as(where)
                    .isEqualTo(2
                            + entries.values().stream()
                                    .filter(Dir.class::isInstance)
                                    .count());
            List<byte[]> names = new ArrayList<>();
            self.forEach((name, type, inode) -> {
                assertThat(type).as(where).isEqualTo(self.stat(name).type());
                assertThat(inode).as(where).isEqualTo(self.stat(name).inode());
                names.add(name);
            });
            assertThat(names.toArray()).as(where).isEqualTo(entries.keySet().toArray());
            try (Directory above = self.openBeneath(new byte[] {'.'})) {
                assertThat(above.stat().inode()).isEqualTo(stat.inode());
            }
            for (Map.Entry<byte[], Node> entry : entries.entrySet()) {
                entry.getValue().compare(self, entry.getKey(), where + "/" + Names.show(entry.getKey()));
            }
        }
    }

    /** A symbolic link. */
    final class Link implements Node {
        private final byte[] target;

        Link(byte[] target) {
            this.target = target;
        }

        @Override
        public void write(ErofsWriter to, byte[] name) throws IOException {
            to.symlink(name, target);
        }

        @Override
        public void compare(Directory in, byte[] name, String where) throws IOException {
            assertThat(in.readLink(name)).as(where).isEqualTo(target);
            assertThat(in.stat(name).modified()).as(where).isEqualTo(TIME);
        }
    }

    /** A file with a content of its own. */
    final class Data implements Node {
        private final int permissions;
        private final byte[] content;

        Data(int permissions, byte[] content) {
            this.permissions = permissions;
            this.content = content;
        }

        static Data random(Random random, int size) {
            byte[] content = new byte[size];
            random.nextBytes(content);
            return new Data(random.nextBoolean() ? 0444 : 0555, content);
        }

        @Override
        public void write(ErofsWriter to, byte[] name) throws IOException {
            to.file(name, permissions, content.length, new ByteArrayInputStream(content));
        }

        @Override
        public void compare(Directory in, byte[] name, String where) throws IOException {
            file(in, name, where, permissions, content.length);
            byte[] read = new byte[content.length + 1];
            try (OpenFile file = in.openFile(name)) {
                int size = 0;
                for (int n; size < read.length && (n = file.read(read, size, read.length - size)) > 0; ) {
                    size += n;
                }
                assertThat(Arrays.copyOf(read, size)).as(where).isEqualTo(content);
            }
        }
    }

    /** A file that is redirected. */
    record Redirected(int permissions, long size, String path) implements Node {
        @Override
        public void write(ErofsWriter to, byte[] name) throws IOException {
            to.redirectedFile(name, permissions, size, Names.bytes(path));
        }

        @Override
        public void compare(Directory in, byte[] name, String where) throws IOException {
            file(in, name, where, permissions, size);
            assertThat(attribute(in, name, "metacopy")).as(where).contains("");
            assertThat(attribute(in, name, "redirect")).as(where).contains(path);
            try (OpenFile file = in.openFile(name)) {
                byte[] last = new byte[2];
                assertThat(file.read(last, 0, 2, Math.max(0, size - 1)))
                        .as(where)
                        .isEqualTo(size == 0 ? -1 : 1);
                assertThat(last).as(where).containsOnly(0);
            }
        }
    }

    private static void file(Directory in, byte[] name, String where, int permissions, long size) throws IOException {
        FileStat stat = in.stat(name);
        assertThat(stat.type()).as(where).isEqualTo(FileType.REGULAR);
        assertThat(stat.permissions()).as(where).isEqualTo(permissions);
        assertThat(stat.size()).as(where).isEqualTo(size);
        assertThat(stat.modified()).as(where).isEqualTo(TIME);
        assertThat(stat.links()).as(where).isEqualTo(1);
        assertThat(stat.owner() + stat.group()).as(where).isZero();
    }

    private static Optional<String> attribute(Directory in, byte[] name, String attribute) throws IOException {
        ExtendedAttributes attributes = in.attributes(name);
        String full = "trusted.overlay." + attribute;
        return attributes.names().contains(full)
                ? Optional.of(new String(attributes.get(full), java.nio.charset.StandardCharsets.ISO_8859_1))
                : Optional.empty();
    }
}
