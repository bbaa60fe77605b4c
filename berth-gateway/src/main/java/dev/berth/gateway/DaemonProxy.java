package dev.berth.gateway;

import dev.berth.nix.StoreDir;
import dev.berth.wire.ClientSettings;
import dev.berth.wire.LogSink;
import dev.berth.wire.StoreOperations;
import dev.berth.wire.StoreService;
import dev.berth.wire.TrustedFlag;
import dev.berth.wire.worker.WorkerClient;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Serves what a daemon elsewhere serves. Each session has a connection of its own to it, so that temporary roots and
 * settings are that client's and end with it; what passes is passed on as it comes.
 */
final class DaemonProxy implements StoreService {
    private final StoreDir storeDir;
    private final Supplier<StoreOperations> upstream;
    private final ServiceSettings settings;
    private final ReentrantLock lock = new ReentrantLock();
    private Optional<Seen> seen = Optional.empty();

    /** What the daemon said of itself when it was last connected to. */
    private record Seen(String nixVersion, Set<String> features, TrustedFlag trust) {
        static Seen of(StoreOperations session, ServiceSettings settings) {
            return session instanceof WorkerClient client
                    ? new Seen(client.nixVersion().orElse(settings.nixVersion()), client.features(), client.trusted())
                    : new Seen(settings.nixVersion(), Set.of(), TrustedFlag.UNKNOWN);
        }
    }

    /**
     * @param upstream opens a connection, each time another one
     * @param settings what a client who is not trusted may choose
     */
    DaemonProxy(StoreDir storeDir, Supplier<StoreOperations> upstream, ServiceSettings settings) {
        this.storeDir = storeDir;
        this.upstream = upstream;
        this.settings = settings;
    }

    @Override
    public StoreDir storeDir() {
        return storeDir;
    }

    @Override
    public String nixVersion() {
        return seen().nixVersion();
    }

    @Override
    public Set<String> features() {
        return seen().features();
    }

    /** Both must trust the client. */
    @Override
    public TrustedFlag trustedFlag(boolean trusted) {
        return trusted ? seen().trust() : TrustedFlag.NOT_TRUSTED;
    }

    private Seen seen() {
        lock.lock();
        try {
            if (seen.isEmpty()) {
                try (StoreOperations session = upstream.get()) {
                    seen = Optional.of(Seen.of(session, settings));
                }
            }
            return seen.get();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public StoreOperations open(boolean trusted, LogSink log) {
        StoreOperations session = upstream.get();
        if (session instanceof WorkerClient client) {
            client.setLog(log);
        }
        Seen now = Seen.of(session, settings);
        lock.lock();
        try {
            // It may be another release by now; the next client is told.
            seen = Optional.of(now);
        } finally {
            lock.unlock();
        }
        return new Session(session, new SettingsFilter(settings, trusted, new SessionLog(log)));
    }

    /** The daemon takes every client for us, so what this client may set is decided here. */
    private static final class Session extends ForwardingOperations {
        private final StoreOperations next;
        private final SettingsFilter filter;

        Session(StoreOperations next, SettingsFilter filter) {
            this.next = next;
            this.filter = filter;
        }

        @Override
        StoreOperations next() {
            return next;
        }

        @Override
        public void setOptions(ClientSettings client) {
            next.setOptions(filter.allowed(client));
        }
    }
}
