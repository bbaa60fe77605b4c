package dev.berth.gateway;

import dev.berth.nix.Derivation;
import dev.berth.nix.DerivationOptions;
import dev.berth.nix.DerivedPath;
import dev.berth.nix.InputOutputs;
import dev.berth.nix.OutputsSpec;
import dev.berth.nix.SingleDerivedPath;
import dev.berth.nix.StorePath;
import dev.berth.wire.Missing;
import dev.berth.wire.SubstitutablePathInfo;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * What it would take to make targets valid (libstore/misc.cc, {@code queryMissing}). It goes from targets to what these
 * need in rounds; what a round asks of substituters is asked at once.
 */
final class MissingQuery {
    private static final int AT_ONCE = 24;

    private final Context context;
    private final Queries queries;
    private final Set<DerivedPath> seen = new HashSet<>();
    private final Set<StorePath> build = new TreeSet<>();
    private final Set<StorePath> substitute = new TreeSet<>();
    private final Set<StorePath> unknown = new TreeSet<>();
    private final Map<StorePath, Optional<SubstitutablePathInfo>> offers = new HashMap<>();
    private List<DerivedPath> next = new ArrayList<>();
    private long downloadSize;
    private long narSize;

    MissingQuery(Context context) {
        this.context = context;
        this.queries = new Queries(context);
    }

    Missing run(List<DerivedPath> targets) {
        targets.forEach(this::want);
        while (!next.isEmpty()) {
            List<DerivedPath> round = next;
            next = new ArrayList<>();
            Map<StorePath, Set<StorePath>> derivations = new HashMap<>();
            Set<StorePath> opaque = new TreeSet<>();
            for (DerivedPath target : round) {
                switch (target) {
                    case DerivedPath.Opaque(StorePath path) -> opaque.add(path);
                    case DerivedPath.Built(SingleDerivedPath.Opaque(StorePath drv), OutputsSpec outputs) ->
                        derivation(drv, outputs, derivations);
                    case DerivedPath.Built(SingleDerivedPath.Built _, OutputsSpec _) ->
                        context.log()
                                .warn("Ignoring dynamic derivation "
                                        + target.print(context.store().storeDir())
                                        + " while querying missing paths; not yet implemented");
                }
            }
            opaque.removeAll(context.store().validPaths(opaque));
            Set<StorePath> asked = new TreeSet<>(opaque);
            derivations.values().forEach(asked::addAll);
            ask(asked);
            derivations.forEach(this::decide);
            opaque.forEach(this::opaque);
        }
        return new Missing(build, substitute, unknown, downloadSize, narSize);
    }

    private void want(DerivedPath target) {
        if (seen.add(target)) {
            next.add(target);
        }
    }

    /** Notes which outputs of a derivation must be fetched or built, if any. */
    private void derivation(StorePath drvPath, OutputsSpec wanted, Map<StorePath, Set<StorePath>> derivations) {
        if (!context.isValid(drvPath)) {
            unknown.add(drvPath);
            return;
        }
        Set<StorePath> outputs = new TreeSet<>();
        boolean known = true;
        for (var output : queries.derivationOutputs(drvPath).entrySet()) {
            if (known && wanted.contains(output.getKey())) {
                Optional<StorePath> path = output.getValue().or(() -> offered(drvPath, output.getKey()));
                known = path.isPresent();
                path.ifPresent(outputs::add);
            }
        }
        outputs.removeAll(context.store().validPaths(outputs));
        if (!known) {
            build(drvPath, context.store().derivation(drvPath));
        } else if (!outputs.isEmpty()) {
            derivations.computeIfAbsent(drvPath, _ -> new TreeSet<>()).addAll(outputs);
        }
    }

    /** The path of an output that only a realisation can tell, if a substituter has that. */
    private Optional<StorePath> offered(StorePath drvPath, String output) {
        Derivation drv = context.store().derivation(drvPath);
        boolean mayFetch = !context.settings().now().fetchesFrom().isEmpty()
                && DerivationOptions.of(context.store().storeDir(), drv).allowSubstitutes();
        return mayFetch ? new OutputSearch(context, queries).find(drvPath, drv, output) : Optional.empty();
    }

    private void decide(StorePath drvPath, Set<StorePath> outputs) {
        Derivation drv = context.store().derivation(drvPath);
        boolean fetched = outputs.stream().allMatch(path -> offer(path).isPresent())
                && DerivationOptions.of(context.store().storeDir(), drv).allowSubstitutes();
        if (fetched) {
            outputs.forEach(this::opaque);
        } else {
            build(drvPath, drv);
        }
    }

    private void build(StorePath drvPath, Derivation drv) {
        build.add(drvPath);
        drv.inputDerivations().forEach((input, wanted) -> inputs(input, wanted));
    }

    private void inputs(StorePath input, InputOutputs wanted) {
        if (!wanted.outputs().isEmpty()) {
            want(new DerivedPath.Built(SingleDerivedPath.of(input), OutputsSpec.of(wanted.outputs())));
        }
    }

    private void opaque(StorePath path) {
        Optional<SubstitutablePathInfo> offer = offer(path);
        if (offer.isEmpty()) {
            unknown.add(path);
        } else if (substitute.add(path)) {
            downloadSize += offer.get().downloadSize();
            narSize += offer.get().narSize();
            offer.get().references().forEach(reference -> want(new DerivedPath.Opaque(reference)));
        }
    }

    private Optional<SubstitutablePathInfo> offer(StorePath path) {
        return offers.getOrDefault(path, Optional.empty());
    }

    private void ask(Collection<StorePath> paths) {
        if (!context.settings().now().fetchesFrom().isEmpty()) {
            List<StorePath> left = new ArrayList<>(paths);
            left.removeAll(offers.keySet());
            for (int from = 0; from < left.size(); from += AT_ONCE) {
                askAtOnce(left.subList(from, Math.min(from + AT_ONCE, left.size())));
            }
        }
    }

    private void askAtOnce(List<StorePath> paths) {
        // Before the threads begin: it is the session's, and for one thread.
        context.substituters();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Map<StorePath, Future<Optional<SubstitutablePathInfo>>> answers = new HashMap<>();
            for (StorePath path : paths) {
                Callable<Optional<SubstitutablePathInfo>> question = () -> queries.substitutable(path);
                answers.put(path, threads.submit(question));
            }
            for (var answer : answers.entrySet()) {
                offers.put(answer.getKey(), answer.getValue().get());
            }
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException failure ? failure : new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Refusal.of("interrupted while asking substituters");
        }
    }
}
