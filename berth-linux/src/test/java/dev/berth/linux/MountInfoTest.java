package dev.berth.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.testing.Seed;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Lines of mountinfo, good and hostile, without a kernel. */
final class MountInfoTest {
    @Test
    void aLineOfTheManualIsRead() {
        MountInfo mount =
                parse("36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 shared:7 - ext3 /dev/root rw,errors=continue");
        assertThat(mount.id()).isEqualTo(36);
        assertThat(mount.parent()).isEqualTo(35);
        assertThat(mount.device()).isEqualTo(98L << 32);
        assertThat(mount.root()).isEqualTo(Path.of("/mnt1"));
        assertThat(mount.deleted()).isFalse();
        assertThat(mount.mountPoint()).isEqualTo(Path.of("/mnt2"));
        assertThat(mount.options()).containsExactly("rw", "noatime");
        assertThat(mount.tags()).containsExactly("master:1", "shared:7");
        assertThat(mount.type()).isEqualTo("ext3");
        assertThat(mount.source()).isEqualTo("/dev/root");
        assertThat(mount.superOptions()).containsExactly("rw", "errors=continue");
        assertThat(mount.readOnly()).isFalse();
    }

    @Test
    void optionalPartsMayBeMissing() {
        MountInfo mount = parse("1 1 0:4 net:[4026531833] /run/netns/x ro - nsfs nsfs ");
        assertThat(mount.tags()).isEmpty();
        assertThat(mount.superOptions()).isEmpty();
        assertThat(mount.root()).isEqualTo(Path.of("net:[4026531833]"));
        assertThat(mount.readOnly()).isTrue();
    }

    @Test
    void aDeletedRootIsMarked() {
        MountInfo mount = parse("36 35 98:0 /volumes/a\\040b//deleted /mnt rw - ext4 /dev/vda rw");
        assertThat(mount.deleted()).isTrue();
        assertThat(mount.root()).isEqualTo(Path.of("/volumes/a b"));
    }

    @Test
    void escapesAreUndone() {
        MountInfo mount = parse("36 35 98:0 / /a\\040b\\011c\\012d\\134e\\043 rw - ext4 my\\040disk rw");
        assertThat(Names.bytes(mount.mountPoint())).isEqualTo(Names.bytes("/a b\tc\nd\\e#"));
        assertThat(mount.source()).isEqualTo("my disk");
    }

    @Test
    void namesOfAnyBytesComeBackAsTheyWere() {
        long seed = Seed.first();
        Random random = new Random(seed);
        for (int i = 0; i < 2_000; i++) {
            byte[] name = new byte[2 + random.nextInt(40)];
            random.nextBytes(name);
            for (int j = 0; j < name.length; j++) {
                name[j] = name[j] == 0 || name[j] == '/' ? (byte) '\\' : name[j];
            }
            name[0] = '/';
            byte[] line = concat(bytes("1 2 3:4 / "), escape(name, random), bytes(" rw - tmpfs none rw"));
            assertThat(Names.bytes(MountInfo.parse(line).mountPoint()))
                    .as("seed %d, round %d", seed, i)
                    .isEqualTo(name);
        }
    }

    /** As the kernel does it for what it must, and at random for what it might. */
    private static byte[] escape(byte[] name, Random random) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte b : name) {
            if (b == ' ' || b == '\t' || b == '\n' || b == '\\' || random.nextInt(20) == 0) {
                out.writeBytes(bytes(String.format("\\%03o", b & 0xff)));
            } else {
                out.write(b);
            }
        }
        return out.toByteArray();
    }

    @Test
    void whatIsNoLineIsRefusedInOneLine() {
        for (String line : List.of(
                "",
                " ",
                "36 35 98:0 / /mnt",
                "36 35 98:0 / /mnt rw master:1 ext3 /dev/root rw",
                "36 35 98:0 / /mnt rw - ext3 /dev/root rw more",
                "x 35 98:0 / /mnt rw - ext3 /dev/root rw",
                "-1 35 98:0 / /mnt rw - ext3 /dev/root rw",
                "99999999999999999999 35 98:0 / /mnt rw - ext3 /dev/root rw",
                "36  98:0 / /mnt rw - ext3 /dev/root rw",
                "36 35 98 / /mnt rw - ext3 /dev/root rw",
                "36 35 :0 / /mnt rw - ext3 /dev/root rw",
                "36 35 98:0 / mnt rw - ext3 /dev/root rw",
                "36 35 98:0  /mnt rw - ext3 /dev/root rw",
                "36 35 98:0 / /m\\04 rw - ext3 /dev/root rw",
                "36 35 98:0 / /m\\ rw - ext3 /dev/root rw",
                "36 35 98:0 / /m\\09x rw - ext3 /dev/root rw",
                "36 35 98:0 / /m\\777 rw - ext3 /dev/root rw",
                "36 35 98:0 / /m\\000 rw - ext3 /dev/root rw",
                "36 35 98:0 /\n /mnt",
                "\0".repeat(10_000))) {
            assertThatThrownBy(() -> parse(line))
                    .as(line)
                    .isExactlyInstanceOf(IllegalArgumentException.class)
                    .message()
                    .hasLineCount(1)
                    .hasSizeLessThan(400);
        }
    }

    @Test
    void mutatedLinesAreReadOrRefused() {
        long seed = Seed.first();
        Random random = new Random(seed);
        byte[] good = bytes("36 35 98:0 /mnt1 /mnt\\0402 rw,noatime master:1 - ext3 /dev/root rw,errors=continue");
        int refused = 0;
        for (int i = 0; i < 20_000; i++) {
            byte[] line = good.clone();
            for (int j = random.nextInt(4); j >= 0; j--) {
                line[random.nextInt(line.length)] = (byte) random.nextInt(256);
            }
            try {
                assertThat(MountInfo.parse(line).mountPoint())
                        .as("seed %d", seed)
                        .isNotNull();
            } catch (IllegalArgumentException e) {
                refused++;
            }
        }
        assertThat(refused).as("seed %d", seed).isPositive();
    }

    @Test
    void aTableEndsOnlyAtItsEnd() throws IOException {
        String line = "36 35 98:0 / /mnt rw - ext3 /dev/root rw";
        try (MountTable table = table(line + "\n" + line + "\n")) {
            assertThat(table.next()).isPresent();
            assertThat(table.next()).isPresent();
            assertThat(table.next()).isEmpty();
            assertThat(table.next()).isEmpty();
        }
        try (MountTable table = table("")) {
            assertThat(table.next()).isEmpty();
        }
        try (MountTable table = table(line)) {
            assertThatThrownBy(table::next).hasMessage("test ends within a line");
        }
        try (MountTable table = table("rubbish\n")) {
            assertThatThrownBy(table::next).isInstanceOf(IOException.class).hasMessageContaining("'rubbish'");
        }
        try (MountTable table = new MountTable("test", new Endless())) {
            assertThatThrownBy(table::next).hasMessageContaining("a line longer than 1048576 bytes");
        }
        assertThatThrownBy(() -> MountTable.ofProcess(0)).isInstanceOf(IOException.class);
    }

    /** However the kernel cuts what it gives: at every place of a line, and lines longer than a block. */
    @Test
    void linesAreWholeHoweverTheyAreRead() throws IOException {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        StringBuilder text = new StringBuilder();
        List<Integer> lengths = new ArrayList<>();
        for (int line = 0; line < 300; line++) {
            int length = random.nextInt(40) == 0 ? random.nextInt(200_000) : random.nextInt(300);
            lengths.add(length);
            text.append(line + 1)
                    .append(" 1 8:1 / / rw - ext4 s ")
                    .append("x".repeat(length))
                    .append('\n');
        }
        int most = 1 + random.nextInt(70_000);
        try (MountTable table = new MountTable("test", new Dribble(bytes(text.toString()), most, random))) {
            for (int line = 0; line < lengths.size(); line++) {
                MountInfo mount = table.next().orElseThrow();
                assertThat(mount.id()).as("seed %d", seed).isEqualTo(line + 1);
                assertThat(String.join(",", mount.superOptions()))
                        .as("seed %d, line %d", seed, line)
                        .hasSize(lengths.get(line));
            }
            assertThat(table.next()).as("seed %d", seed).isEmpty();
        }
    }

    private static final class Dribble extends ByteArrayInputStream {
        private final int most;
        private final Random random;

        Dribble(byte[] bytes, int most, Random random) {
            super(bytes);
            this.most = most;
            this.random = random;
        }

        @Override
        public synchronized int read(byte[] to, int offset, int length) {
            return super.read(to, offset, Math.min(length, 1 + random.nextInt(most)));
        }
    }

    private static final class Endless extends InputStream {
        @Override
        public int read() {
            return 'x';
        }
    }

    private static MountTable table(String text) {
        return new MountTable("test", new ByteArrayInputStream(bytes(text)));
    }

    private static MountInfo parse(String line) {
        return MountInfo.parse(bytes(line));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
}
