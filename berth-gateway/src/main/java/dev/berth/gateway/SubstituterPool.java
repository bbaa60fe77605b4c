package dev.berth.gateway;

import dev.berth.nix.PublicKey;
import dev.berth.store.StoreSettings;
import dev.berth.store.SubstituterListener;
import dev.berth.store.Substituters;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The substituters of all sessions: those that choose the same ones share them, with what was learned of them, their
 * connections, and the fetches under way. Some that nobody uses are kept, as clients come again. Any thread.
 */
final class SubstituterPool implements AutoCloseable {
    /** Those of the service's own settings, and those that clients choose. */
    private static final int MOST_UNUSED = 8;

    private final StoreSettings fetching;
    private final SubstituterListener listener;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Choice, Shared> shared = new LinkedHashMap<>();
    private boolean closed;

    SubstituterPool(StoreSettings fetching, SubstituterListener listener) {
        this.fetching = fetching;
        this.listener = listener;
    }

    private record Choice(List<String> uris, Set<PublicKey> keys, boolean signatures) {
        static Choice of(ServiceSettings settings) {
            return new Choice(settings.fetchesFrom(), settings.trustedKeys(), settings.requireSignatures());
        }
    }

    private final class Shared {
        private final Substituters substituters;
        private int users;

        Shared(Choice choice) {
            this.substituters = Substituters.open(
                    choice.uris(),
                    choice.keys(),
                    fetching,
                    Substituters.Options.of(fetching)
                            .withSignatures(choice.signatures())
                            .toldTo(listener));
        }
    }

    /** The substituters of some settings, to be given back. */
    final class Lease implements AutoCloseable {
        private final Choice choice;
        private final Shared of;
        private boolean given;

        private Lease(Choice choice, Shared of) {
            this.choice = choice;
            this.of = of;
            of.users++;
        }

        Substituters substituters() {
            return of.substituters;
        }

        /** Whether these are the substituters for the settings. */
        boolean isFor(ServiceSettings settings) {
            return choice.equals(Choice.of(settings));
        }

        @Override
        public void close() {
            lock.lock();
            try {
                if (!given) {
                    given = true;
                    of.users--;
                    tidy(closed ? 0 : MOST_UNUSED);
                }
            } finally {
                lock.unlock();
            }
        }
    }

    /** @throws dev.berth.store.StoreException if one of them cannot be opened */
    Lease lease(ServiceSettings settings) {
        Choice choice = Choice.of(settings);
        lock.lock();
        try {
            Shared of = shared.remove(choice);
            Shared current = of == null ? new Shared(choice) : of;
            shared.put(choice, current); // as the last that was used
            return new Lease(choice, current);
        } finally {
            lock.unlock();
        }
    }

    private void tidy(int most) {
        List<Choice> unused = new ArrayList<>();
        shared.forEach((choice, of) -> {
            if (of.users == 0) {
                unused.add(choice);
            }
        });
        Set<Choice> old = new HashSet<>(unused.subList(0, Math.max(0, unused.size() - most)));
        shared.entrySet().removeIf(entry -> {
            boolean gone = old.contains(entry.getKey());
            if (gone) {
                entry.getValue().substituters.close();
            }
            return gone;
        });
    }

    /** Closes those that nobody uses, and the others when they are given back. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            tidy(0);
        } finally {
            lock.unlock();
        }
    }
}
