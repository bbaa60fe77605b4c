package dev.berth.store.usage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.nix.FormatException;
import dev.berth.nix.StorePath;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every usage database does. */
abstract class UsageDatabaseContract {
    private static final Instant T = Instant.ofEpochMilli(1_700_000_000_123L);

    private UsageDatabase database = UsageDatabase.open("jdbc:sqlite:unused");

    /** Another object on the same, empty database. */
    abstract UsageDatabase open();

    @BeforeEach
    void start() {
        database = open();
    }

    @AfterEach
    void stop() {
        database.close();
    }

    static StorePath path(int number) {
        return new StorePath(String.format("%032d-p%d", number, number));
    }

    @Test
    void keepsTheLatestUse() {
        database.used(Map.of(path(1), T, path(2), T));
        database.used(Map.of(path(1), T.minusSeconds(5), path(2), T.plusSeconds(5)));
        try (UsageDatabase other = open()) {
            Uses uses = other.uses();
            assertThat(uses.of()).isEqualTo(Map.of(path(1), T, path(2), T.plusSeconds(5)));
            assertThat(uses.all()).isEqualTo(Instant.EPOCH);
            assertThat(uses.last(path(3))).isEqualTo(Instant.EPOCH);
            assertThat(other.uses(List.of(path(1), path(3)))).isEqualTo(new Uses(Map.of(path(1), T), Instant.EPOCH));
        }
    }

    @Test
    void countsEveryPathAsUsedWhileUsesMayBeMissing() {
        database.used(Map.of(path(1), T));
        database.missedUntil(T.plusSeconds(9));
        database.missedUntil(T.plusSeconds(3));
        assertThat(database.uses().last(path(7))).isEqualTo(T.plusSeconds(9));
        assertThat(database.uses(List.of(path(1))).last(path(1))).isEqualTo(T.plusSeconds(9));
        assertThat(database.uses().of()).containsOnlyKeys(path(1));
    }

    @Test
    void forgetsWhatWasNotUsedSince() {
        database.used(Map.of(path(1), T, path(2), T.plusSeconds(1)));
        database.forget(List.of(path(1), path(2), path(3)), T);
        assertThat(database.uses().of()).containsOnlyKeys(path(2));
    }

    @Test
    void readsManyPathsInParts() {
        Map<StorePath, Instant> many = new HashMap<>();
        for (int i = 0; i < 3_000; i++) {
            many.put(path(i), T.plusSeconds(i));
        }
        database.used(many);
        assertThat(database.uses().of()).isEqualTo(many);
        assertThat(database.uses(many.keySet()).of()).isEqualTo(many);
        assertThat(database.uses(List.of()).of()).isEmpty();
    }

    @Test
    void setsListsAndRemovesPins() {
        database.pin(new Pin("prod/web@1", path(1), T));
        database.pin(new Pin("b", path(2), T));
        database.pin(new Pin("b", path(3), T.plusSeconds(1)));
        assertThat(database.pins().values())
                .containsExactly(new Pin("b", path(3), T.plusSeconds(1)), new Pin("prod/web@1", path(1), T));
        assertThat(database.unpin("b")).isTrue();
        assertThat(database.unpin("b")).isFalse();
        assertThat(database.pins()).containsOnlyKeys("prod/web@1");
        for (String bad : List.of("", "-a", "a b", "a\n", "ä", "x".repeat(201), "a'b")) {
            assertThatThrownBy(() -> new Pin(bad, path(1), T)).isInstanceOf(FormatException.class);
        }
    }

    @Test
    void leasesToOneAtATime() {
        try (UsageDatabase other = open()) {
            assertThat(database.lease("gc", "a", Duration.ofMinutes(5))).isTrue();
            assertThat(database.lease("gc", "a", Duration.ofMinutes(5))).isTrue();
            assertThat(other.lease("gc", "b", Duration.ofMinutes(5))).isFalse();
            other.release("gc", "b");
            assertThat(other.lease("gc", "b", Duration.ofMinutes(5))).isFalse();
            database.release("gc", "a");
            assertThat(other.lease("gc", "b", Duration.ofMinutes(-1))).isTrue();
            assertThat(database.lease("gc", "a", Duration.ofMinutes(5))).isTrue();
        }
    }

    @Test
    void remembersFilesThatNobodyNames() {
        database.notes().unnamed(List.of("nar/a", "nar/b"), T);
        database.notes().unnamed(List.of("nar/b", "nar/c"), T.plusSeconds(7));
        database.notes().named(Set.of("nar/a"));
        assertThat(database.notes().unnamed()).isEqualTo(Map.of("nar/b", T, "nar/c", T.plusSeconds(7)));
    }

    @Test
    void isWrittenByManyAtOnce() throws Exception {
        List<Thread> threads = new ArrayList<>();
        List<Throwable> failures = java.util.Collections.synchronizedList(new ArrayList<>());
        for (int t = 0; t < 4; t++) {
            int offset = t;
            threads.add(Thread.ofPlatform().start(() -> {
                try (UsageDatabase own = open()) {
                    for (int round = 0; round < 20; round++) {
                        Map<StorePath, Instant> uses = new HashMap<>();
                        for (int i = 0; i < 50; i++) {
                            uses.put(path((i * 7 + offset) % 100), T.plusSeconds(round * 10L + offset));
                        }
                        own.used(uses);
                    }
                } catch (RuntimeException e) {
                    failures.add(e);
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(failures).isEmpty();
        assertThat(database.uses().of().values()).allMatch(time -> !time.isBefore(T.plusSeconds(190)));
    }
}
