package dev.berth.store.usage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.nix.StorePath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UsageLogTest {
    private static final Duration NEVER = Duration.ofDays(1);

    @TempDir
    private Path directory;

    private static List<StorePath> paths(int from, int to) {
        return IntStream.range(from, to).mapToObj(UsageDatabaseContract::path).toList();
    }

    @Test
    void writesUsesAtFlushAndClose() {
        Instant before = Instant.ofEpochMilli(System.currentTimeMillis());
        try (UsageDatabase database = UsageDatabase.sqlite(directory.resolve("u"))) {
            try (UsageLog log = new UsageLog(database, new UsageLog.Settings(NEVER, NEVER, 1000))) {
                log.used(paths(0, 3));
                log.flush();
                assertThat(database.uses().of()).containsOnlyKeys(paths(0, 3));
                assertThat(database.uses().of().values()).allMatch(time -> !time.isBefore(before));
                log.used(paths(2, 5));
            }
            assertThat(database.uses().of()).containsOnlyKeys(paths(0, 5));
        }
    }

    @Test
    void writesByItself() throws InterruptedException {
        try (UsageDatabase database = UsageDatabase.sqlite(directory.resolve("u"));
                UsageLog log = new UsageLog(database, new UsageLog.Settings(NEVER, Duration.ofMillis(10), 1000))) {
            log.used(paths(0, 2));
            Instant deadline = Instant.now().plusSeconds(60);
            while (database.uses().of().isEmpty() && Instant.now().isBefore(deadline)) {
                Thread.sleep(10);
            }
            assertThat(database.uses().of()).containsOnlyKeys(paths(0, 2));
        }
    }

    @Test
    void holdsUsesWhileTheDatabaseIsAwayAndSaysWhenSomeAreMissing() throws IOException {
        Path blocked = Files.writeString(directory.resolve("blocked"), "a file where a directory shall be");
        try (UsageDatabase database = UsageDatabase.sqlite(blocked.resolve("u"));
                UsageLog log = new UsageLog(database, new UsageLog.Settings(NEVER, Duration.ofMillis(10), 10))) {
            log.used(paths(0, 8));
            log.used(paths(8, 30));
            Files.delete(blocked);
            log.flush();
            Uses uses = database.uses();
            assertThat(uses.of()).containsOnlyKeys(paths(0, 10));
            assertThat(uses.all()).isAfter(Instant.EPOCH);
            assertThat(uses.last(UsageDatabaseContract.path(29))).isEqualTo(uses.all());
        }
    }
}
