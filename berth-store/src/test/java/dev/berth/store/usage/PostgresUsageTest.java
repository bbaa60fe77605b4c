package dev.berth.store.usage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.store.StoreException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PostgresUsageTest extends UsageDatabaseContract {
    private static final AtomicInteger SCHEMAS = new AtomicInteger();

    @TempDir
    private static Path directory;

    private static @Nullable Postgres server;
    private String url = "";

    @BeforeAll
    static void startServer() {
        server = new Postgres(directory);
    }

    @AfterAll
    static void stopServer() {
        if (server != null) {
            server.close();
        }
    }

    @BeforeEach
    @Override
    void start() {
        url = Objects.requireNonNull(server).emptySchema("s" + SCHEMAS.incrementAndGet());
        super.start();
    }

    @Override
    UsageDatabase open() {
        return UsageDatabase.open(url);
    }

    @Test
    void saysThatNobodyAnswers() {
        String nobody = "jdbc:postgresql://127.0.0.1:1/berth?user=u&password=hidden&connectTimeout=2";
        try (UsageDatabase database = UsageDatabase.open(nobody)) {
            assertThatThrownBy(database::uses)
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.UNAVAILABLE))
                    .hasMessageContaining("jdbc:postgresql://127.0.0.1:1/berth")
                    .hasMessageNotContaining("hidden");
        }
    }
}
