package dev.berth.store.local;

import dev.berth.linux.MappedWords;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What all connections to a database in WAL mode share in memory, this process's and others', to tell each other what is
 * committed (sqlite.org/walformat.html, "The WAL-Index File Format"): a header, written twice, that differs after every
 * commit, and that is the same bytes only if nothing was committed. SQLite compares it in the same way, behind some locks and
 * system calls, which threads wait for. Any thread.
 */
final class WalIndex {
    /** Both copies of the header, 48 bytes each. */
    private static final int WORDS = 12;

    private static final int VERSION = 3_007_000;
    private static final Logger LOG = LoggerFactory.getLogger(WalIndex.class);

    private final MappedWords memory;

    private WalIndex(MappedWords memory) {
        this.memory = memory;
    }

    /**
     * That of a database.
     *
     * @param database its file; a connection has read it, and is not closed as long as the result is used
     * @return empty if it can't be had, or is of a form that this does not know
     */
    static Optional<WalIndex> of(Path database) {
        Path file = database.resolveSibling(database.getFileName() + "-shm");
        try {
            if (Files.notExists(file)) {
                return Optional.empty();
            }
            return MappedWords.of(file.toRealPath())
                    .filter(memory -> (int) firstOf(memory) == VERSION)
                    .map(WalIndex::new);
        } catch (IOException e) {
            LOG.debug("SQLite is asked for commits: {}", e.getMessage());
            return Optional.empty();
        }
    }

    private static long firstOf(MappedWords memory) {
        long word = memory.first(1)[0];
        return ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? word : word >>> 32;
    }

    /** The state of the database now; of no state if somebody writes it just now. */
    long[] state() {
        return memory.first(WORDS);
    }

    /** Whether nobody has committed since. What is committed by whoever has been told so is seen. */
    boolean isStill(long[] state) {
        return state.length == WORDS && memory.startWith(state);
    }
}
