package dev.berth.store.cache;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A remote cache whose NARs are kept on the disk. Only they are: their names are hashes of what they hold, while everything
 * else may change at the other end.
 */
final class CachingTransport implements Transport {
    private static final Logger LOG = LoggerFactory.getLogger(CachingTransport.class);
    private static final String DIRECTORY = "nar/";
    private static final Pattern NAME = Pattern.compile("[0-9A-Za-z][0-9A-Za-z._+-]{0,200}");

    private final Transport remote;
    private final DiskCache disk;
    private final ReentrantLock lock = new ReentrantLock();

    /** What is on its way; under the lock. */
    private final Map<String, DiskFetch> fetches = new HashMap<>();

    /** @param remote is closed with this, as is {@code disk} */
    CachingTransport(Transport remote, DiskCache disk) {
        this.remote = remote;
        this.disk = disk;
    }

    private static Optional<String> cached(String url) {
        return Optional.of(url)
                .filter(name -> name.startsWith(DIRECTORY))
                .map(name -> name.substring(DIRECTORY.length()))
                .filter(name -> NAME.matcher(name).matches());
    }

    @Override
    public Optional<InputStream> open(String url) throws IOException {
        Optional<String> cached = cached(url);
        if (cached.isEmpty()) {
            return remote.open(url);
        }
        String name = cached.get();
        DiskFetch fetch;
        boolean begins = false;
        lock.lock();
        try {
            // A fetch keeps its file before it leaves the map, so that a file is seen here or there.
            Optional<FileChannel> whole = disk.open(name);
            if (whole.isPresent()) {
                return Optional.of(Channels.newInputStream(whole.get()));
            }
            DiskFetch running = fetches.get(name);
            if (running != null && running.join()) {
                fetch = running;
            } else {
                DiskFetch fresh = new DiskFetch(name, disk, ended -> ended(name, ended));
                fresh.join();
                fetches.put(name, fresh);
                fetch = fresh;
                begins = true;
            }
        } finally {
            lock.unlock();
        }
        if (begins) {
            fetch.start(() -> remote.open(url));
        }
        return fetch.body();
    }

    private void ended(String name, DiskFetch fetch) {
        lock.lock();
        try {
            fetches.remove(name, fetch);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void doubt(String url) throws IOException {
        remote.doubt(url);
        Optional<String> cached = cached(url);
        if (cached.isPresent()) {
            disk.forget(cached.get());
        }
    }

    @Override
    public void delete(String name) throws IOException {
        remote.delete(name);
        doubt(name);
    }

    @Override
    public Optional<byte[]> read(String name, int limit) throws IOException {
        return remote.read(name, limit);
    }

    @Override
    public boolean exists(String name) throws IOException {
        return remote.exists(name);
    }

    @Override
    public Optional<Stream<Listed>> list(String directory) throws IOException {
        return remote.list(directory);
    }

    @Override
    public void write(String name, byte[] content) throws IOException {
        remote.write(name, content);
    }

    @Override
    public Draft draft() throws IOException {
        return remote.draft();
    }

    @Override
    public void update(String name, int limit, Edit edit) throws IOException {
        remote.update(name, limit, edit);
    }

    /** What is still read of a fetch fails, as its source does. */
    @Override
    public void close() {
        remote.close();
        try {
            disk.close();
        } catch (IOException e) {
            LOG.warn("cannot close the disk cache: {}", e.getMessage());
        }
    }
}
