package dev.berth.store.usage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.nix.StorePath;
import dev.berth.testing.Seed;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PlannerTest {
    private static final Instant NOW = Instant.ofEpochSecond(1_800_000_000);

    private static StorePath path(int number) {
        return UsageDatabaseContract.path(number);
    }

    private static Plan plan(PathGraph.Builder graph, Map<StorePath, Instant> uses, CollectionPolicy policy) {
        return new Planner(graph.build(), new Uses(uses, Instant.EPOCH), Set.of(), Set.of(), NOW)
                .plan(policy, Optional.empty());
    }

    @Test
    void deletesByAgeWhatNothingYoungNeeds() {
        PathGraph.Builder graph = new PathGraph.Builder();
        Instant old = NOW.minus(Duration.ofDays(100));
        graph.add(path(1), 10, old, List.of(path(1)));
        graph.add(path(2), 20, old, List.of(path(1), path(9)));
        graph.add(path(3), 40, old, List.of());
        graph.add(path(4), 80, NOW.minus(Duration.ofDays(41)), List.of(path(3)));
        Plan plan = plan(
                graph,
                Map.of(path(2), NOW.minus(Duration.ofDays(1))),
                CollectionPolicy.NONE.olderThan(Duration.ofDays(30)));
        assertThat(plan.victims())
                .containsExactly(
                        new CollectedPath(path(4), NOW.minus(Duration.ofDays(41)), 80, "unused for 41 d"),
                        new CollectedPath(path(3), NOW.minus(Duration.ofDays(41)), 40, "unused for 41 d"));
        assertThat(plan.kept()).isEqualTo(Map.of(Kept.NOT_NEEDED, 2L));
        assertThat(plan.size()).isEqualTo(150);
    }

    @Test
    void survivesCycles() {
        PathGraph.Builder graph = new PathGraph.Builder();
        Instant old = NOW.minus(Duration.ofDays(100));
        graph.add(path(1), 10, old, List.of(path(2)));
        graph.add(path(2), 20, old, List.of(path(1)));
        graph.add(path(3), 20, old, List.of(path(1)));
        CollectionPolicy policy = CollectionPolicy.NONE.olderThan(Duration.ofDays(30));
        assertThat(plan(graph, Map.of(), policy).paths())
                .containsExactlyInAnyOrder(path(1), path(2), path(3))
                .startsWith(path(3));
        assertThat(plan(graph, Map.of(path(2), NOW), policy).paths()).containsExactly(path(3));
    }

    @Test
    void asksForSpaceByPercentAndByBytes() {
        PathGraph.Builder builder = new PathGraph.Builder();
        for (int i = 0; i < 10; i++) {
            builder.add(path(i), 10, NOW.minus(Duration.ofDays(20 - i)), List.of());
        }
        PathGraph graph = builder.build();
        Planner planner = new Planner(graph, new Uses(Map.of(), Instant.EPOCH), Set.of(), Set.of(), NOW);
        Optional<Holdings.Space> space = Optional.of(new Holdings.Space(75, 1000));
        assertThat(planner.plan(CollectionPolicy.NONE.minFree(FreeSpace.parse("10%")), space)
                        .paths())
                .containsExactly(path(0), path(1), path(2));
        assertThat(planner.plan(CollectionPolicy.NONE.minFree(FreeSpace.parse("80")), space)
                        .paths())
                .containsExactly(path(0));
        assertThat(planner.plan(CollectionPolicy.NONE.minFree(FreeSpace.parse("7%")), space)
                        .paths())
                .isEmpty();
        assertThat(planner.plan(CollectionPolicy.NONE, space).paths()).isEmpty();
    }

    /** A store made up by chance, and the same rules written down another way. */
    private static final class Sample {
        final Random random;
        final int count;
        final List<List<Integer>> needs = new ArrayList<>();
        final List<Long> sizes = new ArrayList<>();
        final List<Instant> since = new ArrayList<>();
        final Map<StorePath, Instant> uses = new HashMap<>();
        final Set<StorePath> roots = new HashSet<>();
        final Set<StorePath> pins = new HashSet<>();

        Sample(long seed) {
            random = new Random(seed);
            count = 1 + random.nextInt(60);
            for (int i = 0; i < count; i++) {
                List<Integer> edges = new ArrayList<>();
                for (int n = random.nextInt(4); n > 0 && i > 0; n--) {
                    edges.add(random.nextInt(i));
                }
                needs.add(edges);
                sizes.add((long) random.nextInt(1000));
                since.add(time());
                if (random.nextInt(3) == 0) {
                    uses.put(path(i), time());
                }
                if (random.nextInt(20) == 0) {
                    roots.add(path(i));
                }
                if (random.nextInt(20) == 0) {
                    pins.add(path(i));
                }
            }
        }

        private Instant time() {
            return NOW.minus(Duration.ofHours(random.nextInt(50 * 24)));
        }

        PathGraph graph() {
            PathGraph.Builder builder = new PathGraph.Builder();
            List<Integer> shuffled = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                shuffled.add(i);
            }
            java.util.Collections.shuffle(shuffled, random);
            for (int i : shuffled) {
                builder.add(
                        path(i),
                        sizes.get(i),
                        since.get(i),
                        needs.get(i).stream().map(PlannerTest::path).toList());
            }
            return builder.build();
        }

        BitSet closure(Set<StorePath> from) {
            BitSet reached = new BitSet();
            for (int i = count - 1; i >= 0; i--) {
                if (from.contains(path(i))) {
                    reached.set(i);
                }
                if (reached.get(i)) {
                    needs.get(i).forEach(reached::set);
                }
            }
            return reached;
        }

        /** Referrers have greater numbers, so one pass downwards is enough. */
        Instant[] lastUses() {
            Instant[] last = new Instant[count];
            for (int i = 0; i < count; i++) {
                Instant own = uses.getOrDefault(path(i), Instant.EPOCH);
                last[i] = own.isAfter(since.get(i)) ? own : since.get(i);
            }
            for (int i = count - 1; i >= 0; i--) {
                for (int need : needs.get(i)) {
                    last[need] = last[i].isAfter(last[need]) ? last[i] : last[need];
                }
            }
            return last;
        }
    }

    @Test
    void neverPlansWhatIsNeeded() {
        long first = Seed.first();
        for (long seed = first; seed < first + 1500; seed++) {
            check(seed);
        }
    }

    private static void check(long seed) {
        Sample sample = new Sample(seed);
        Random random = new Random(seed + 1);
        Duration grace = Duration.ofHours(random.nextInt(48));
        CollectionPolicy policy = CollectionPolicy.NONE.grace(grace);
        if (random.nextBoolean()) {
            policy = policy.olderThan(Duration.ofDays(random.nextInt(60)));
        }
        if (random.nextBoolean()) {
            policy = policy.maxSize(random.nextInt(20_000));
        }
        PathGraph graph = sample.graph();
        Plan plan = new Planner(graph, new Uses(sample.uses, Instant.EPOCH), sample.roots, sample.pins, NOW)
                .plan(policy, Optional.empty());
        Instant[] last = sample.lastUses();
        BitSet held = sample.closure(sample.roots);
        held.or(sample.closure(sample.pins));
        for (int i = 0; i < sample.count; i++) {
            if (last[i].isAfter(NOW.minus(grace))) {
                held.set(i);
            }
        }
        String what = "seed " + seed;
        Set<StorePath> gone = new HashSet<>();
        Instant behind = Instant.EPOCH;
        long size = sample.sizes.stream().mapToLong(Long::longValue).sum();
        assertThat(plan.size()).as(what).isEqualTo(size);
        for (CollectedPath victim : plan.victims()) {
            int number = Integer.parseInt(victim.path().baseName().substring(34));
            assertThat(held.get(number)).as(what).isFalse();
            assertThat(victim.lastUse()).as(what).isEqualTo(last[number]).isAfterOrEqualTo(behind);
            behind = victim.lastUse();
            for (int i = number + 1; i < sample.count; i++) {
                if (sample.needs.get(i).contains(number)) {
                    assertThat(gone).as(what + ": what needs it goes before").contains(path(i));
                }
            }
            boolean old = policy.olderThan()
                    .filter(age -> Duration.between(last[number], NOW).compareTo(age) > 0)
                    .isPresent();
            boolean large = size > policy.maxSize().orElse(Long.MAX_VALUE);
            assertThat(old || large).as(what + ": has a reason").isTrue();
            size -= victim.size();
            gone.add(victim.path());
        }
        for (int i = 0; i < sample.count; i++) {
            if (!held.get(i) && !gone.contains(path(i))) {
                assertThat(size)
                        .as(what + ": target reached")
                        .isLessThanOrEqualTo(policy.maxSize().orElse(Long.MAX_VALUE));
                Duration unused = Duration.between(last[i], NOW);
                assertThat(policy.olderThan().filter(age -> unused.compareTo(age) > 0))
                        .as(what)
                        .isEmpty();
            }
        }
        assertThat(gone.size()
                        + plan.kept().values().stream()
                                .mapToLong(Long::longValue)
                                .sum())
                .as(what)
                .isEqualTo(sample.count);
        BitSet earlier = new BitSet();
        for (StorePath path : plan.paths()) {
            int number = graph.number(path).orElseThrow();
            for (int need : graph.node(number).needs()) {
                assertThat(earlier.get(need)).as(what + ": order").isFalse();
            }
            earlier.set(number);
        }
    }
}
