package dev.berth.node;

import dev.berth.node.log.LogFields;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The home directories of evaluations, in which Nix keeps what it fetched and evaluated, without an end. Evaluations share the newest one. Once that is too
 * large, those to come get an empty one, and it goes with the last evaluation that runs in it: so nothing is ever taken from under Nix, and
 * evaluations that follow each other closely don't keep it for ever. The directories are numbered; of what a killed agent left the next one
 * keeps the newest.
 */
final class EvaluationHomes implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EvaluationHomes.class);
    /** What a small file takes on most file systems. Git has many. */
    private static final long BLOCK = 4096;

    private static final Duration END = Duration.ofSeconds(10);

    private final Path directory;
    private final long most;
    private final Trash trash;
    private final ReentrantLock lock = new ReentrantLock();
    /** All below under the lock. */
    private final Map<Integer, Integer> running = new HashMap<>();

    private int newest;
    private boolean toMeasure;
    private Thread measuring = new Thread(() -> {});
    private boolean isMeasuring;
    private volatile boolean closed;

    private EvaluationHomes(Path directory, long most, Trash trash) {
        this.directory = directory;
        this.most = most;
        this.trash = trash;
    }

    /**
     * Takes up the newest home that is there, and removes all else.
     *
     * @param directory of the homes, made when one is needed
     * @param most how many bytes one may take
     */
    static EvaluationHomes open(Path directory, long most, Trash trash) throws IOException {
        EvaluationHomes homes = new EvaluationHomes(directory, most, trash);
        if (!Files.isDirectory(directory)) {
            return homes;
        }
        try (var entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                homes.newest = Math.max(homes.newest, number(entry));
            }
        }
        try (var entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                if (number(entry) != homes.newest) {
                    trash.take(entry);
                }
            }
        }
        homes.measure();
        return homes;
    }

    /** Of a home; -1 of anything else. */
    private static int number(Path entry) {
        String name = entry.getFileName().toString();
        return name.matches("[0-9]{1,9}") ? Integer.parseInt(name) : -1;
    }

    /** The home of one evaluation, to be closed when all its processes have ended. */
    final class Home implements AutoCloseable {
        private final int number;

        private Home(int number) {
            this.number = number;
        }

        Path path() {
            return at(number);
        }

        @Override
        public void close() {
            leave(number);
        }
    }

    private Path at(int number) {
        return directory.resolve(Integer.toString(number));
    }

    /** A home for an evaluation. */
    Home enter() throws IOException {
        lock.lock();
        try {
            Files.createDirectories(at(newest));
            running.merge(newest, 1, Integer::sum);
            return new Home(newest);
        } finally {
            lock.unlock();
        }
    }

    private void leave(int number) {
        lock.lock();
        try {
            running.computeIfPresent(number, (_, count) -> count == 1 ? null : count - 1);
            removeIfDone(number);
            measure();
        } finally {
            lock.unlock();
        }
    }

    private void removeIfDone(int number) {
        if (number != newest && !running.containsKey(number)) {
            trash.takeQuietly(at(number));
        }
    }

    /** In the background, for a walk through a hundred thousand files takes a second. One at a time. */
    private void measure() {
        lock.lock();
        try {
            toMeasure = true;
            if (!isMeasuring && !closed) {
                isMeasuring = true;
                measuring = Thread.ofVirtual()
                        .name("berth-evaluation-home")
                        .start(LogFields.ofThisThread().around(this::measureAll));
            }
        } finally {
            lock.unlock();
        }
    }

    private void measureAll() {
        while (true) {
            int number;
            lock.lock();
            try {
                isMeasuring = toMeasure && !closed;
                if (!isMeasuring) {
                    return;
                }
                toMeasure = false;
                number = newest;
            } finally {
                lock.unlock();
            }
            measure(number);
        }
    }

    private void measure(int number) {
        Size size = new Size();
        try {
            Files.walkFileTree(at(number), size);
        } catch (IOException e) {
            LOG.warn("cannot see how large {} is: {}", at(number), Failures.reason(e));
        }
        if (size.bytes <= most) {
            return;
        }
        lock.lock();
        try {
            if (!closed) {
                newest = number + 1;
                removeIfDone(number);
                LOG.info("what Nix kept for evaluations has more than {} MiB: the next begin without it", most >> 20);
            }
        } finally {
            lock.unlock();
        }
    }

    /** What a tree takes, as far as it needs to be known. */
    private final class Size extends SimpleFileVisitor<Path> {
        private long bytes;

        @Override
        public FileVisitResult preVisitDirectory(Path entry, BasicFileAttributes attributes) {
            return add(BLOCK);
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            return add(Math.ceilDiv(attributes.size(), BLOCK) * BLOCK);
        }

        private FileVisitResult add(long more) {
            bytes += more;
            return bytes > most || closed ? FileVisitResult.TERMINATE : FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException e) {
            return FileVisitResult.CONTINUE; // Nix removed it meanwhile
        }

        @Override
        public FileVisitResult postVisitDirectory(Path entry, @Nullable IOException e) {
            return FileVisitResult.CONTINUE;
        }
    }

    /** Ends the measuring; no evaluation runs any more. */
    @Override
    public void close() {
        Thread last;
        lock.lock();
        try {
            closed = true;
            last = measuring;
        } finally {
            lock.unlock();
        }
        try {
            if (last.isAlive() && !last.join(END)) {
                LOG.warn("looking for the size of {} takes too long to end", directory);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
