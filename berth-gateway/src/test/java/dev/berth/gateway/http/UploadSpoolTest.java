package dev.berth.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What waits for its narinfo, and for how long. */
final class UploadSpoolTest {
    private static final Duration HOUR = Duration.ofHours(1);

    @TempDir
    private Path top;

    private UploadSpool open(Duration age) throws IOException {
        return new UploadSpool(top, new UploadLimits(100, age, HOUR));
    }

    private static void put(UploadSpool spool, String name, int size) throws IOException {
        spool.put(name, new ByteArrayInputStream(new byte[size]), size);
    }

    private List<String> names() throws IOException {
        try (Stream<Path> names = Files.list(top)) {
            return names.map(name -> name.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void holdsNoMoreThanItMay() throws IOException {
        try (UploadSpool spool = open(HOUR)) {
            put(spool, "nar/a", 60);
            assertThatThrownBy(() -> put(spool, "nar/b", 60)).isInstanceOf(UploadSpool.Full.class);
            assertThat(spool.size("nar/a")).contains(60L);
            assertThat(spool.size("nar/b")).isEmpty();
            put(spool, "nar/c", 40);
            put(spool, "nar/c", 0);
            spool.settle("nar/a");
            try (FileChannel reader = spool.open("nar/a").orElseThrow()) {
                put(spool, "nar/b", 70);
                assertThat(spool.size("nar/a")).isEmpty();
                // Who reads it already, reads on.
                assertThat(Channels.newInputStream(reader).readAllBytes()).hasSize(60);
            }
            assertThat(spool.open("nar/a")).isEmpty();
        }
        assertThat(names()).containsExactly("lock");
    }

    @Test
    void keepsNothingForEver() throws IOException {
        try (UploadSpool spool = open(Duration.ZERO)) {
            put(spool, "nar/a", 60);
            put(spool, "nar/b", 60);
            assertThat(spool.size("nar/a")).isEmpty();
        }
    }

    @Test
    void keepsNoPart() throws IOException {
        try (UploadSpool spool = open(HOUR)) {
            assertThatThrownBy(() -> spool.put("nar/a", new ByteArrayInputStream(new byte[50]), 60))
                    .hasMessageContaining("announced were 60");
            assertThat(spool.size("nar/a")).isEmpty();
            put(spool, "nar/b", 100);
        }
    }

    @Test
    void cleansUpBehindTheDead() throws IOException {
        Path dead = Files.createDirectory(top.resolve("dead"));
        Files.writeString(dead.resolve("part-1"), "x");
        Files.createFile(top.resolve("dead.lock"));
        try (UploadSpool living = open(HOUR)) {
            assertThat(dead).doesNotExist();
            put(living, "nar/a", 10);
            try (UploadSpool _ = open(HOUR)) {
                assertThat(names()).hasSize(5).doesNotContain("dead.lock");
                try (FileChannel reader = living.open("nar/a").orElseThrow()) {
                    assertThat(reader.size()).isEqualTo(10);
                }
            }
        }
    }
}
