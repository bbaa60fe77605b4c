package dev.berth.gateway;

import dev.berth.linux.Directory;
import dev.berth.linux.Names;
import dev.berth.linux.OpenFile;
import dev.berth.nix.Hash;
import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Small NARs that were asked for more than once, as bytes: to open and read the many files of such a path takes three times
 * as long as to send what came of it. They are found by the hash that they were proven to have, so that nothing that becomes
 * of a path makes one wrong. They lie in a few files without names, which the kernel keeps in memory as it sees fit and which
 * end with the process; the oldest file goes when there is no room for another. Any thread.
 */
final class KeptNars implements AutoCloseable {
    /** In bytes; of larger ones the files are few for what they hold. */
    static final int LARGEST = 256 << 10;

    private static final Logger LOG = LoggerFactory.getLogger(KeptNars.class);
    /** What all files hold together where nothing else is said, in bytes. */
    static final long BYTES = 256 << 20;

    private static final int SEGMENT_NARS = 8 << 10;
    private static final int SEGMENTS = 8;
    /** What the disk must have to spare for one more. */
    private static final long SPARE = 1L << 30;
    /** Of so many NARs it is known whether they were asked for lately; a power of two. */
    private static final int ASKED = 16 << 10;

    private final Path directory;
    private final long segmentBytes;
    private final ConcurrentHashMap<Key, Place> places = new ConcurrentHashMap<>();
    private final AtomicIntegerArray asked = new AtomicIntegerArray(ASKED);
    private final ReentrantLock keeping = new ReentrantLock();
    private final Deque<Segment> segments = new ArrayDeque<>();
    private boolean closed;

    /**
     * Holding so much in all.
     *
     * @param directory where the files are; made when the first NAR is kept
     * @param bytes what the {@value #SEGMENTS} files hold together at most
     */
    static KeptNars holding(Path directory, long bytes) {
        return new KeptNars(directory, bytes / SEGMENTS);
    }

    /** @param segmentBytes what one of the {@value #SEGMENTS} files holds at most, in bytes */
    KeptNars(Path directory, long segmentBytes) {
        this.directory = directory;
        this.segmentBytes = segmentBytes;
    }

    private record Key(Hash narHash, KeptNar.Form form) {}

    private record Place(Segment segment, long offset, int length) {}

    /** A file of NARs, closed when it was let go and its last reader has ended. */
    static final class Segment {
        private final OpenFile file;
        private final FileChannel channel;
        private final AtomicInteger users = new AtomicInteger(1);
        private final List<Key> keys = new ArrayList<>();
        private long used;

        private Segment(OpenFile file) throws IOException {
            this.file = file;
            this.channel = file.channel();
        }

        FileChannel channel() {
            return channel;
        }

        int read(byte[] to, int at, int length, long offset) throws IOException {
            int count = file.read(to, at, length, offset);
            if (count < 0) {
                throw new EOFException("a NAR that was kept is cut");
            }
            return count;
        }

        private boolean retain() {
            return users.getAndUpdate(now -> now == 0 ? 0 : now + 1) > 0;
        }

        void release() {
            if (users.decrementAndGet() == 0) {
                try (file;
                        channel) {
                    LOG.debug("{} NARs are not kept any more", keys.size());
                } catch (IOException e) {
                    LOG.warn("closing a file of NARs: {}", e.getMessage());
                }
            }
        }
    }

    /** The NAR with a hash, if it is kept in a form. */
    Optional<KeptNar> find(Hash narHash, KeptNar.Form form) {
        Place place = places.get(new Key(narHash, form));
        return place != null && place.segment.retain()
                ? Optional.of(new KeptNar(place.segment, place.offset, place.length))
                : Optional.empty();
    }

    /** Whether a NAR that is asked for now was before. */
    boolean isAskedAgain(Hash narHash) {
        int print = narHash.hashCode();
        return asked.getAndSet(print & (ASKED - 1), print) == print;
    }

    /**
     * Keeps a NAR, unless another is being kept just now or the disk has little room.
     *
     * @param bytes makes it, up to {@link #LARGEST}, with that hash when it is plain; or says that it can't
     */
    void keep(Hash narHash, KeptNar.Form form, Supplier<Optional<byte[]>> bytes) {
        Key key = new Key(narHash, form);
        if (!keeping.tryLock()) {
            return;
        }
        try {
            if (!closed && !places.containsKey(key)) {
                Optional<byte[]> nar = bytes.get();
                if (nar.isPresent() && nar.get().length <= segmentBytes) {
                    write(key, nar.get());
                }
            }
        } catch (IOException e) {
            LOG.warn("keeping NARs in '{}': {}", directory, e.getMessage());
            forgetAll();
        } finally {
            keeping.unlock();
        }
    }

    private void write(Key key, byte[] nar) throws IOException {
        Optional<Segment> room = segmentFor(nar.length);
        if (room.isPresent()) {
            Segment segment = room.get();
            segment.file.write(nar, 0, nar.length, segment.used);
            segment.keys.add(key);
            places.put(key, new Place(segment, segment.used, nar.length));
            segment.used += nar.length;
        }
    }

    private Optional<Segment> segmentFor(int length) throws IOException {
        Segment last = segments.peekLast();
        if (last != null && last.used + length <= segmentBytes && last.keys.size() < SEGMENT_NARS) {
            return Optional.of(last);
        }
        Files.createDirectories(directory);
        boolean spare = Files.getFileStore(directory).getUsableSpace() >= SPARE;
        if (!segments.isEmpty() && (segments.size() == SEGMENTS || !spare)) {
            forget(segments.remove());
        } else if (!spare) {
            return Optional.empty();
        }
        Segment made = new Segment(file());
        segments.add(made);
        return Optional.of(made);
    }

    /** One without a name. */
    private OpenFile file() throws IOException {
        byte[] name = Names.bytes(".nars-" + UUID.randomUUID());
        try (Directory at = Directory.open(directory)) {
            OpenFile file = at.createFile(name, 0600);
            at.unlink(name);
            return file;
        }
    }

    private void forget(Segment segment) {
        segment.keys.forEach(key -> places.computeIfPresent(key, (_, at) -> at.segment == segment ? null : at));
        segment.release();
    }

    private void forgetAll() {
        segments.forEach(this::forget);
        segments.clear();
    }

    /** Keeps nothing any more; those who read one read on. */
    @Override
    public void close() {
        keeping.lock();
        try {
            closed = true;
            forgetAll();
        } finally {
            keeping.unlock();
        }
    }
}
