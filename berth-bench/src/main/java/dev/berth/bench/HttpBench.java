package dev.berth.bench;

import dev.berth.bench.work.Work;
import dev.berth.bench.work.WorkStore;
import dev.berth.nix.StoreDir;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * A store served over HTTP: narinfo files and NARs, by {@code wrk}. The ceiling is nginx with the files of a cache that was
 * made before, without compression, which has nothing to compute.
 */
final class HttpBench {
    private static final int SECONDS = 5;
    private static final int LEAST_NARINFOS = 20_000;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Bench bench;

    HttpBench(Bench bench) {
        this.bench = bench;
    }

    void run() throws IOException, InterruptedException {
        Path directory = Files.createDirectories(bench.fresh("http"));
        try (Pair small = pair(directory, Work.SMALL)) {
            for (int connections : List.of(1, 16, 64, 256, 500)) {
                narInfos(small, connections);
            }
            nars(small, "NARs of small paths", 8, 0.5);
        }
        for (Work work : List.of(Work.BIG, Work.TREE)) {
            try (Pair pair = pair(directory, work)) {
                nars(pair, "NAR of " + work.label(), 2, work == Work.BIG ? 0.7 : 0.5);
            }
        }
    }

    /** The same paths behind two servers. */
    private record Pair(
            Path directory,
            WebServer berth,
            WebServer nginx,
            List<String> narInfos,
            List<String> berthNars,
            List<String> nginxNars)
            implements AutoCloseable {
        @Override
        public void close() {
            berth.close();
            nginx.close();
        }
    }

    @SuppressWarnings("MustBeClosedChecker") // the pair closes both
    private Pair pair(Path parent, Work work) throws IOException, InterruptedException {
        WorkStore store = bench.work(work);
        bench.warm(store.root());
        Path directory = Files.createDirectory(parent.resolve(work.label()));
        Path files = directory.resolve("cache");
        bench.peers()
                .getFirst()
                .copy(store.uri(), "file://" + files + "?compression=none", store.rootPath())
                .run();
        bench.warm(files);
        List<String> narInfos = new ArrayList<>();
        for (String path : bench.peers()
                .getFirst()
                .program("nix-store", "-qR", "--store", store.uri(), store.rootPath())
                .output()
                .lines()
                .toList()) {
            narInfos.add("/" + StoreDir.DEFAULT.parse(path).hashPart() + ".narinfo");
        }
        WebServer berth = WebServer.berth(bench, directory, store.uri());
        WebServer nginx;
        try {
            nginx = WebServer.nginx(directory, files);
        } catch (IOException | InterruptedException | RuntimeException e) {
            berth.close();
            throw e;
        }
        return new Pair(directory, berth, nginx, narInfos, nars(berth, narInfos), nars(nginx, narInfos));
    }

    /** Where the NARs are, as the server's narinfo files say. */
    private static List<String> nars(WebServer server, List<String> narInfos) throws IOException, InterruptedException {
        List<String> nars = new ArrayList<>();
        try (HttpClient client = HttpClient.newHttpClient()) {
            for (String narInfo : narInfos) {
                String text = client.send(
                                HttpRequest.newBuilder(URI.create(server.uri() + narInfo))
                                        .timeout(PATIENCE)
                                        .build(),
                                BodyHandlers.ofString())
                        .body();
                nars.add("/"
                        + text.lines()
                                .filter(line -> line.startsWith("URL: "))
                                .findFirst()
                                .orElseThrow(
                                        () -> new IOException("no narinfo at " + server.uri() + narInfo + ": " + text))
                                .substring("URL: ".length()));
            }
        }
        return nars;
    }

    private record Duel(Wrk berth, Wrk nginx) {}

    private Duel duel(
            Pair pair,
            String what,
            List<String> berth,
            List<String> nginx,
            int connections,
            ToDoubleFunction<Wrk> figure)
            throws IOException, InterruptedException {
        List<Wrk> ours = new ArrayList<>();
        List<Wrk> theirs = new ArrayList<>();
        // The first round warms the server's JVM.
        for (int run = -1; run < bench.runs(); run++) {
            Wrk mine = Wrk.run(pair.directory(), pair.berth().uri(), berth, connections, SECONDS);
            Wrk other = Wrk.run(pair.directory(), pair.nginx().uri(), nginx, connections, SECONDS);
            bench.log()
                    .println("  " + what + " · " + (run < 0 ? "warm-up" : "run " + (run + 1)) + " · Berth "
                            + mine.printRequests() + " · nginx " + other.printRequests());
            if (run >= 0) {
                ours.add(mine);
                theirs.add(other);
            }
        }
        return new Duel(median(ours, figure), median(theirs, figure));
    }

    private static Wrk median(List<Wrk> all, ToDoubleFunction<Wrk> figure) {
        return all.stream().sorted(Comparator.comparingDouble(figure)).toList().get(all.size() / 2);
    }

    private void narInfos(Pair pair, int connections) throws IOException, InterruptedException {
        String what = "narinfo files over HTTP, " + connections + (connections == 1 ? " connection" : " connections");
        Duel duel = duel(pair, what, pair.narInfos(), pair.narInfos(), connections, Wrk::requests);
        bench.report()
                .atLeast(
                        what,
                        duel.berth().printRequests(),
                        "nginx " + duel.nginx().printRequests(),
                        duel.berth().requests() / duel.nginx().requests(),
                        0.5);
        if (connections > 1) {
            bench.report()
                    .atLeast(
                            "the same, against a rate of " + String.format(Locale.ROOT, "%,d/s", LEAST_NARINFOS),
                            duel.berth().printRequests(),
                            "",
                            duel.berth().requests() / LEAST_NARINFOS,
                            1);
        }
    }

    private void nars(Pair pair, String what, int connections, double target) throws IOException, InterruptedException {
        String named = what + " over HTTP, " + connections + " connections";
        Duel duel = duel(pair, named, pair.berthNars(), pair.nginxNars(), connections, Wrk::bytes);
        bench.report()
                .atLeast(
                        named,
                        duel.berth().printBytes() + ", " + duel.berth().printRequests(),
                        "nginx " + duel.nginx().printBytes() + ", "
                                + duel.nginx().printRequests(),
                        duel.berth().bytes() / duel.nginx().bytes(),
                        target);
    }
}
