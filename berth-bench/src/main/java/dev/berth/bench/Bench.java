package dev.berth.bench;

import dev.berth.bench.work.Work;
import dev.berth.bench.work.WorkStore;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What all benchmarks share.
 *
 * @param project the root of the checkout, which has been built
 * @param directory where work and scratch files lie: on one file system with hard links
 * @param scratch an empty directory of this run
 * @param runs how many times each thing is done
 * @param peers the Nix versions to measure against, at least one
 * @param log where progress is told
 * @param report takes the results
 */
record Bench(
        Path project, Path directory, Path scratch, int runs, List<NixPeer> peers, PrintStream log, Report report) {
    Bench {
        peers = List.copyOf(peers);
    }

    /** A program of this checkout: {@code ./berth} and arguments. */
    Program berth(String... arguments) {
        return Program.of(List.of(project.resolve("berth").toString()), arguments);
    }

    /** A path below the scratch directory that was not given before. */
    Path fresh(String name) throws IOException {
        return Files.createTempDirectory(scratch, name + "-").resolve(name);
    }

    /** The work, made and checked by Nix if it is not there yet. */
    WorkStore work(Work work) throws IOException, InterruptedException {
        Path checked = directory.resolve("work").resolve(work.label() + ".checked");
        if (!Files.exists(checked)) {
            log.println("  making the work " + work.label());
        }
        WorkStore store = WorkStore.in(directory, work);
        if (!Files.exists(checked)) {
            peers.getFirst().verify(store.uri());
            Files.createFile(checked);
        }
        return store;
    }

    /** Reads the names and metadata of a tree, so that the kernel has them in memory. */
    void warmMetadata(Path tree) throws IOException, InterruptedException {
        Program.of("find", tree.toString(), "-ls").run();
    }

    /** Reads every file of a tree, so that the kernel has it in memory. */
    void warm(Path tree) throws IOException, InterruptedException {
        Program.of("tar", "-cf", "/dev/stdout", "-C", tree.toString(), ".").run();
    }
}
