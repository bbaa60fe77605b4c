package dev.berth.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.testing.Seed;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Names pass whole between bytes and paths, in any locale. */
final class NamesTest {
    @Test
    void pathsKeepTheirBytes() {
        Round.run();
    }

    @Test
    void pathsKeepTheirBytesInEveryLocale(@TempDir Path temp) throws Exception {
        for (String locale : List.of("C", "C.UTF-8")) {
            Path work = Files.createDirectory(temp.resolve(locale));
            ProcessBuilder builder = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "--enable-native-access=ALL-UNNAMED",
                            "-XX:+UseSerialGC",
                            "-XX:TieredStopAtLevel=1",
                            "-cp",
                            System.getProperty("java.class.path"),
                            Round.class.getName(),
                            work.toString())
                    .redirectErrorStream(true);
            builder.environment().put("LC_ALL", locale);
            Process process = builder.start();
            try {
                process.getOutputStream().close();
                String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
                assertThat(output).as(locale).endsWith("good\n");
            } finally {
                process.destroyForcibly();
            }
        }
    }

    /** What each locale must do alike. */
    static final class Round {
        private Round() {}

        /** In a process of its own: also on the file system, below the directory given. */
        public static void main(String[] arguments) throws IOException {
            System.out.println("sun.jnu.encoding is " + System.getProperty("sun.jnu.encoding"));
            run();
            try (Directory directory = Directory.open(Path.of(arguments[0]))) {
                for (byte[] name : List.of(new byte[] {(byte) 0xff, 'x'}, Names.bytes("grün"), Names.bytes("\u6f22"))) {
                    directory.makeDirectory(name, 0755);
                    Path path = Path.of(arguments[0]).resolve(Names.path(name));
                    check(Files.isDirectory(path), "java.nio does not find " + Names.show(name));
                    try (Directory found = Directory.open(path)) {
                        check(found.stat().inode() == directory.stat(name).inode(), "another directory");
                        check(found.toString().endsWith("/" + Names.show(name)), found.toString());
                    }
                    check(Arrays.equals(directory.entries().getFirst().name(), name), "another name");
                    directory.removeDirectory(name);
                }
            }
            System.out.println("good");
        }

        static void run() {
            long seed = Seed.first();
            Random random = new Random(seed);
            for (int i = 0; i < 500; i++) {
                byte[] name = new byte[1 + random.nextInt(30)];
                random.nextBytes(name);
                for (int j = 0; j < name.length; j++) {
                    name[j] = name[j] == 0 || name[j] == '/' ? (byte) '%' : name[j];
                }
                if (i % 2 == 0) {
                    name[0] = '/';
                }
                if (name.length > 1 || name[0] != '/') {
                    check(Arrays.equals(Names.bytes(Names.path(name)), name), "seed " + seed + ": " + Names.show(name));
                }
            }
        }

        private static void check(boolean condition, String otherwise) {
            if (!condition) {
                throw new AssertionError(otherwise);
            }
        }
    }

    @Test
    void namesAreShownInOneLine() {
        assertThat(Names.show(Names.bytes("grün"))).isEqualTo("grün");
        assertThat(Names.show(new byte[] {'a', (byte) 0xff, '\n'})).isEqualTo("a\\xff\\x0a");
        assertThat(Names.show(Names.bytes("a\nü"))).isEqualTo("a\\x0a\\xc3\\xbc");
        assertThatThrownBy(() -> Names.path(new byte[] {'a', 0})).isInstanceOf(IllegalArgumentException.class);
    }
}
