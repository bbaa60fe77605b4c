package dev.berth.gateway;

import dev.berth.linux.Directory;
import dev.berth.linux.LinuxException;
import dev.berth.linux.Names;
import dev.berth.linux.OpenFile;
import dev.berth.nix.StorePath;
import dev.berth.store.local.LocalStore;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Finds the file with the debug information of a build by its id, without an index: it lies at one place in an output whose
 * name ends in {@code -debug} (nixpkgs, {@code separateDebugInfo}). Which outputs those are is listed at most once in a
 * minute, and no more than {@value #MOST} of them are looked into. Any thread.
 */
final class DebugFiles {
    private static final int MOST = 20_000;
    private static final long NANOS = 60_000_000_000L;

    private final ReentrantLock lock = new ReentrantLock();
    private List<StorePath> outputs = List.of();
    private Optional<Long> until = Optional.empty();

    /** @param buildId at least three hexadecimal digits, lower case */
    Optional<CacheContent.DebugInfo> find(LocalStore store, String buildId) {
        String member = "lib/debug/.build-id/" + buildId.substring(0, 2) + "/" + buildId.substring(2) + ".debug";
        for (StorePath output : outputs(store)) {
            if (has(store, output, member)) {
                return store.pathInfo(output).map(info -> new CacheContent.DebugInfo(info, member));
            }
        }
        return Optional.empty();
    }

    private List<StorePath> outputs(LocalStore store) {
        lock.lock();
        try {
            if (until.isEmpty() || System.nanoTime() - until.get() >= 0) {
                outputs = store.allValidPaths()
                        .filter(path -> path.name().endsWith("-debug"))
                        .limit(MOST)
                        .toList();
                until = Optional.of(System.nanoTime() + NANOS);
            }
            return outputs;
        } finally {
            lock.unlock();
        }
    }

    // No link is followed on the way: outputs hold what anybody built.
    private static boolean has(LocalStore store, StorePath output, String member) {
        try (Directory root = Directory.open(store.realPath(output));
                OpenFile _ = root.openFileBeneath(Names.bytes(member))) {
            return true;
        } catch (LinuxException e) {
            // It is not there, or the output went meanwhile: either way it cannot be given.
            return false;
        }
    }
}
