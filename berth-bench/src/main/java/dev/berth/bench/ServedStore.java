package dev.berth.bench;

import dev.berth.bench.work.WorkStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A store that a server serves, and what its clients do with it: the real {@code nix}, {@code ./berth}, and one in this JVM that has
 * warmed up.
 *
 * @param bench has {@code ./berth}
 * @param peer the real Nix
 * @param environment what stands before the clients' names on a command line, such as {@code env NAME=VALUE}
 * @param scratch an existing directory where stores to copy to are made
 * @param uri its URI for clients
 * @param uriToRead its URI for Nix that copies from it
 */
record ServedStore(Bench bench, NixPeer peer, List<String> environment, Path scratch, String uri, String uriToRead) {
    ServedStore {
        environment = List.copyOf(environment);
    }

    /** Deletes all paths of it. */
    void empty() throws IOException, InterruptedException {
        nix().program("nix-store", "--gc", "--store", uri).run();
    }

    /** Copies work to it with {@code nix}. */
    Duration fill(WorkStore work) throws IOException, InterruptedException {
        return nix().copy(work.uri(), uri, work.rootPath()).run();
    }

    /** The same, emptied before. */
    Duration pushByNix(WorkStore work) throws IOException, InterruptedException {
        empty();
        return fill(work);
    }

    /** The same with {@code ./berth}. */
    Duration pushByBerth(WorkStore work) throws IOException, InterruptedException {
        empty();
        return copyByBerth(work, work.uri(), uri).run();
    }

    /** The same in this JVM. */
    Duration pushHere(WarmClient client) throws IOException, InterruptedException {
        empty();
        return client.copy(client.work().uri(), uri);
    }

    /** Copies closures from it to a new store with {@code nix}. */
    Duration pullByNix(List<String> paths) throws IOException, InterruptedException {
        return pull(to -> nix().copy(uriToRead, to, paths).run());
    }

    /** Copies work from it to a new store with {@code ./berth}. */
    Duration pullByBerth(WorkStore work) throws IOException, InterruptedException {
        return pull(to -> copyByBerth(work, uri, to).run());
    }

    /** The same in this JVM. */
    Duration pullHere(WarmClient client) throws IOException, InterruptedException {
        return pull(to -> client.copy(uri, to));
    }

    /** Asks it for the path infos of the work with {@code nix}. */
    Duration queryByNix(WorkStore work) throws IOException, InterruptedException {
        return nix().command("path-info", "--recursive", "--json", "--store", uri, work.rootPath())
                .run();
    }

    /** The same with {@code ./berth}. */
    Duration queryByBerth(WorkStore work) throws IOException, InterruptedException {
        return berth("store", "info", "--recursive", "--json", "--store", uri, work.rootPath())
                .run();
    }

    /** The same in this JVM. */
    Duration queryHere(WarmClient client) {
        return client.query(uri);
    }

    @FunctionalInterface
    private interface Pull {
        Duration to(String uri) throws IOException, InterruptedException;
    }

    private Duration pull(Pull pull) throws IOException, InterruptedException {
        Path to = Files.createTempDirectory(scratch, "to-");
        try {
            return pull.to("local?root=" + to);
        } finally {
            Program.of("rm", "-rf", "--one-file-system", to.toString()).run();
        }
    }

    private NixPeer nix() {
        return peer.with(environment);
    }

    private Program copyByBerth(WorkStore work, String from, String to) {
        return berth("store", "copy", "--no-check-sigs", "--from", from, "--to", to, work.rootPath());
    }

    private Program berth(String... arguments) {
        List<String> prefix = new ArrayList<>(environment);
        prefix.addAll(bench.berth().arguments());
        return Program.of(prefix, arguments);
    }
}
