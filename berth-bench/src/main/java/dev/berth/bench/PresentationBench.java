package dev.berth.bench;

import dev.berth.bench.work.WorkStore;
import dev.berth.linux.DetachedMount;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.node.presentation.BindFarm;
import dev.berth.node.presentation.Closure;
import dev.berth.node.presentation.Composefs;
import dev.berth.node.presentation.HardlinkTree;
import dev.berth.node.presentation.Presentation;
import dev.berth.store.local.LocalStore;
import dev.berth.store.local.LocalStoreConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;
import java.util.TreeSet;

/** What the presentations alone take for a closure, without an agent: the image and the tree of hard links, in a warm JVM. */
final class PresentationBench {
    /** Ten times as fast. */
    private static final OptionalDouble TARGET = OptionalDouble.of(0.1);

    private final Bench bench;
    private final WorkStore many;

    PresentationBench(Bench bench, WorkStore many) {
        this.bench = bench;
        this.many = many;
    }

    void run() throws IOException, InterruptedException {
        Path store = many.root().resolve("nix/store");
        StorePath top = many.roots().getFirst();
        Closure closure;
        try (LocalStore opened = LocalStore.open(LocalStoreConfig.root(many.root()))) {
            closure = new Closure(StoreDir.DEFAULT, store, new TreeSet<>(opened.closure(List.of(top))), top);
        }
        Presentation image = new Composefs(store, "bench-");
        Presentation links = new HardlinkTree();
        Contest times = new Contest()
                .add("Berth", run -> make(image, closure))
                .add("hard links", run -> make(links, closure))
                .warmUp(1)
                .run(bench.runs(), "the image, the tree", bench.log());
        bench.report()
                .compare(
                        "write the image of many",
                        times.of("Berth"),
                        "tree of hard links",
                        times.of("hard links"),
                        TARGET);
        farm(store, closure);
    }

    /** What containers without a volume get where there is no composefs: a bind mount for each path, made anew for each container. */
    private void farm(Path store, Closure closure) throws IOException, InterruptedException {
        BindFarm farm = new BindFarm(store);
        Path tree = Files.createDirectory(bench.fresh("farm"));
        farm.make(closure, root -> {}, tree);
        Contest times = new Contest()
                .add("Berth", run -> {
                    long start = System.nanoTime();
                    try (DetachedMount _ = farm.readOnly(tree)) {
                        return Duration.ofNanos(System.nanoTime() - start);
                    }
                })
                .warmUp(1)
                .run(bench.runs(), "a bind mount a path", bench.log());
        bench.report()
                .figure(
                        "bind " + closure.paths().size() + " paths for a container",
                        times.of("Berth").print(),
                        "");
    }

    private Duration make(Presentation presentation, Closure closure) throws IOException {
        Path tree = Files.createDirectory(bench.fresh("tree"));
        long start = System.nanoTime();
        presentation.make(closure, root -> {}, tree);
        return Duration.ofNanos(System.nanoTime() - start);
    }
}
