package dev.berth.node;

import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.node.csi.CsiException;
import dev.berth.node.events.Reason;
import dev.berth.node.expression.Evaluator;
import dev.berth.node.expression.Expression;
import dev.berth.node.expression.ExpressionConfig;
import dev.berth.node.expression.ExpressionException;
import dev.berth.node.metrics.NodeMetrics;
import dev.berth.store.local.LocalStore;
import io.grpc.Status;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What expressions come to: each evaluated once however many volumes want it at the same time, and remembered for a short
 * while.
 */
final class Evaluations implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Evaluations.class);
    private static final Duration REMEMBERED = Duration.ofSeconds(30);

    private final Optional<Evaluator> evaluator;
    private final EvaluationHomes homes;
    private final Path temporary;
    private final Trash trash;
    private final SharedWork<Expression, Evaluator.Result> running;
    private final Counter builds;
    private final Histogram durations;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Expression, Evaluator.Result> known = new HashMap<>();

    /** @param evaluator empty if this node evaluates nothing */
    private Evaluations(
            Optional<Evaluator> evaluator,
            EvaluationHomes homes,
            Path temporary,
            Trash trash,
            int atOnce,
            NodeMetrics metrics) {
        this.evaluator = evaluator;
        this.homes = homes;
        this.temporary = temporary;
        this.trash = trash;
        this.builds = metrics.counter(
                "berth_nix_builds_total", "Evaluations with their builds, by what named them.", "kind", "result");
        this.durations = metrics.durations(
                "berth_nix_build_duration_seconds", "How long evaluations with their builds took.", "kind");
        this.running = new SharedWork<>("berth-evaluate", Reason.BUILD, atOnce);
    }

    /**
     * Makes ready for what the configuration says, and removes what a killed agent left.
     *
     * @throws NodeException if expressions are to be evaluated and can't be
     */
    static Evaluations open(NodeConfig config, StoreDir storeDir, Trash trash, NodeMetrics metrics) throws IOException {
        Evaluator.Place place = new Evaluator.Place(
                config.root(),
                storeDir,
                config.root().resolve("nix/var/berth/evaluation"),
                config.substituters(),
                config.trustedPublicKeys());
        for (Path leftover : List.of(place.results(), place.temporary())) {
            if (Files.exists(leftover)) {
                trash.take(leftover);
            }
        }
        Optional<Evaluator> evaluator = Optional.empty();
        if (config.expressions().isPresent()) {
            try {
                evaluator = Optional.of(new Evaluator(config.expressions().get(), place));
            } catch (ExpressionException e) {
                throw new NodeException(String.valueOf(e.getMessage()), e);
            }
        }
        long cache = config.expressions().map(ExpressionConfig::cache).orElse(0L);
        return new Evaluations(
                evaluator,
                EvaluationHomes.open(place.directory().resolve("home"), cache, trash),
                place.temporary(),
                trash,
                config.fetching().atOnce(),
                metrics);
    }

    /** An evaluation under way. */
    private final class Evaluation implements SharedWork.Work<Evaluator.Result> {
        private final Evaluator by;
        private final Expression expression;
        private final long start = System.nanoTime();
        private volatile String last = "";

        Evaluation(Evaluator by, Expression expression) {
            this.by = by;
            this.expression = expression;
        }

        @Override
        public Evaluator.Result run() {
            Evaluator.Result result;
            String kind = switch (expression) {
                case Expression.FlakeRef _ -> "flake_ref";
                case Expression.NixExpr _ -> "nix_expr";
            };
            long begun = System.nanoTime();
            try (EvaluationHomes.Home home = homes.enter()) {
                result = run(home);
                builds.labelValues(kind, "ok").inc();
                LOG.atInfo()
                        .addKeyValue("seconds", Fetch.seconds(begun))
                        .log("evaluated and built {}", expression.attribute());
            } catch (ExpressionException e) {
                builds.labelValues(kind, "failed").inc();
                throw new CsiException(code(e), String.valueOf(e.getMessage()), e);
            } catch (IOException e) {
                builds.labelValues(kind, "failed").inc();
                throw Failures.of("cannot evaluate " + expression.attribute(), e);
            } finally {
                durations.labelValues(kind).observe((System.nanoTime() - begun) / 1e9);
            }
            remember(expression, result);
            return result;
        }

        /** What builders had on the disk goes with the evaluation: a Nix that had to be killed leaves all of it. */
        private Evaluator.Result run(EvaluationHomes.Home home) throws IOException {
            Path mine = Files.createTempDirectory(temporary, "");
            try {
                return by.run(expression, home.path(), mine, line -> last = line);
            } finally {
                trash.takeQuietly(mine);
            }
        }

        @Override
        public String state() {
            return "evaluating and building " + expression.attribute() + ", for "
                    + (System.nanoTime() - start) / 1_000_000_000 + " s" + (last.isEmpty() ? "" : ": " + last);
        }
    }

    private static Status.Code code(ExpressionException e) {
        return switch (e.kind()) {
            case WRONG -> Status.Code.INVALID_ARGUMENT;
            case TIMEOUT -> Status.Code.DEADLINE_EXCEEDED;
            case IMPOSSIBLE -> Status.Code.FAILED_PRECONDITION;
            case INTERRUPTED -> Status.Code.ABORTED;
        };
    }

    /**
     * The store paths that an expression comes to, the main output first.
     *
     * @param session keeps them from garbage collection from here on
     * @throws CsiException INVALID_ARGUMENT if it can't be built, UNIMPLEMENTED if this node evaluates nothing, or as
     *     {@link Patience#await}
     */
    List<StorePath> paths(Expression expression, LocalStore session, Patience patience) {
        Evaluator by = evaluator.orElseThrow(() -> new CsiException(
                Status.Code.UNIMPLEMENTED,
                "this node does not evaluate the volume attribute " + expression.attribute()
                        + ": start the agent with --nix, or name the built store path in the attribute of the node's"
                        + " system"));
        while (true) {
            if (!isKnown(expression)) {
                running.get(expression, () -> new Evaluation(by, expression), patience);
            }
            lock.lock();
            try {
                Evaluator.Result result = known.get(expression);
                if (result != null) {
                    // Under the lock: its own roots are there until it is forgotten.
                    session.addTempRoots(result.paths());
                    return result.paths();
                }
            } finally {
                lock.unlock();
            }
        }
    }

    private boolean isKnown(Expression expression) {
        lock.lock();
        try {
            return known.containsKey(expression);
        } finally {
            lock.unlock();
        }
    }

    private void remember(Expression expression, Evaluator.Result result) {
        lock.lock();
        try {
            forget(expression, known.put(expression, result));
        } finally {
            lock.unlock();
        }
        CompletableFuture.delayedExecutor(REMEMBERED.toSeconds(), TimeUnit.SECONDS)
                .execute(() -> expire(expression, result));
    }

    private void expire(Expression expression, Evaluator.Result result) {
        lock.lock();
        try {
            if (known.remove(expression, result)) {
                forget(expression, result);
            }
        } finally {
            lock.unlock();
        }
    }

    private static void forget(Expression expression, Evaluator.@Nullable Result result) {
        if (result == null) {
            return;
        }
        try {
            result.close();
        } catch (IOException e) {
            LOG.warn("cannot remove the links to what {} came to: {}", expression.attribute(), Failures.reason(e));
        }
    }

    /** Ends those under way, and forgets the others. */
    @Override
    public void close() {
        running.close();
        homes.close();
        lock.lock();
        try {
            known.forEach(Evaluations::forget);
            known.clear();
        } finally {
            lock.unlock();
        }
    }
}
