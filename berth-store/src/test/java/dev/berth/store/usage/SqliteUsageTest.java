package dev.berth.store.usage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.nix.FormatException;
import dev.berth.store.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteUsageTest extends UsageDatabaseContract {
    @TempDir
    private Path directory;

    @Override
    UsageDatabase open() {
        return UsageDatabase.sqlite(directory.resolve("a dir/usage?.sqlite"));
    }

    @Test
    void beginsAgainWhenItsFileIsRemoved() throws IOException {
        Path file = directory.resolve("gone.sqlite");
        try (UsageDatabase database = UsageDatabase.open("jdbc:sqlite:" + file)) {
            database.used(Map.of(path(1), Instant.ofEpochSecond(1)));
            for (String suffix : new String[] {"", "-wal", "-shm"}) {
                Files.deleteIfExists(Path.of(file + suffix));
            }
            database.used(Map.of(path(2), Instant.ofEpochSecond(2)));
            assertThat(database.uses().of()).containsOnlyKeys(path(2));
        }
    }

    @Test
    void saysWhatIsWrongInOneLine() throws IOException {
        Path file = Files.writeString(directory.resolve("text"), "no database at all, ".repeat(100));
        try (UsageDatabase database = UsageDatabase.sqlite(file)) {
            assertThatThrownBy(database::uses)
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("cannot read usage database " + file)
                    .hasMessageNotContaining("\n");
        }
        assertThatThrownBy(() -> UsageDatabase.open("jdbc:mysql://me:secret@host/db?password=secret"))
                .isInstanceOf(FormatException.class)
                .hasMessageNotContaining("secret");
    }
}
