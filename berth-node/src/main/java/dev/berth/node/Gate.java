package dev.berth.node;

import dev.berth.nix.PathInfo;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.node.csi.CsiException;
import dev.berth.node.csi.PublishRequest;
import dev.berth.node.events.PodEvents;
import dev.berth.node.events.Reason;
import dev.berth.node.expression.Expression;
import dev.berth.node.injection.ContainerRecord;
import dev.berth.node.policy.Admission;
import dev.berth.node.policy.Holding;
import dev.berth.node.policy.Permit;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Holds volumes, and containers that have none, against the policy, each at every point where more is known of it: what is asked,
 * what would be fetched, what is in the store, and what its namespace has already.
 */
final class Gate {
    private final StoreDir storeDir;
    private final Admission admission;
    private final Registry volumes;
    private final ContainerRegistry containers;
    private final Holdings holdings;
    private final PodEvents events;

    Gate(StoreDir storeDir, Admission admission, Registry volumes, ContainerRegistry containers, PodEvents events) {
        this.storeDir = storeDir;
        this.admission = admission;
        this.volumes = volumes;
        this.containers = containers;
        this.holdings = new Holdings(volumes, containers);
        this.events = events;
    }

    /** A volume or a container on its way through. Every method refuses it, or lets it go on. */
    final class Entry {
        private final String namespace;
        private final String holder;
        private final Consumer<String> refused;
        private final Permit permit;

        private Entry(String namespace, String holder, Consumer<String> refused) {
            this.namespace = namespace;
            this.holder = holder;
            this.refused = refused;
            this.permit = told(() -> admission.permit(namespace));
        }

        private void asked(boolean readOnly) {
            permit.checkMode(readOnly);
            permit.checkNumber(holdings.others(namespace, holder).size());
        }

        /** Before an expression is evaluated. */
        void expression(Expression expression) {
            told(() -> {
                permit.checkExpression(expression.attribute());
                return expression;
            });
        }

        /**
         * Before anything is fetched.
         *
         * @param foreseen the closure that there would be; asked only if there is a rule about closures
         */
        void foreseen(List<StorePath> packages, Supplier<Collection<PathInfo>> foreseen) {
            if (permit.judgesClosures()) {
                told(() -> {
                    Collection<PathInfo> closure = foreseen.get();
                    long bytes = permit.checkClosure(closure);
                    checkQuota(new Holding(TreeKey.content(storeDir, packages, closure), bytes));
                    return bytes;
                });
            }
        }

        /**
         * When all of it is valid.
         *
         * @param tree names what is shown
         * @param shared a volume that shows it
         * @param closure all of its paths; asked only if it must be
         * @return the bytes of the closure
         */
        long closure(String tree, Optional<VolumeRecord> shared, Supplier<Collection<PathInfo>> closure) {
            if (permit.judgesClosures()) {
                return told(() -> permit.checkClosure(tree, closure));
            }
            return shared.map(VolumeRecord::bytes)
                    .orElseGet(() ->
                            closure.get().stream().mapToLong(PathInfo::narSize).sum());
        }

        /** Registers it, unless its namespace has too much already: in one step, so that others can't come in between. */
        void register(VolumeRecord volume) {
            register(Holdings.holding(volume.tree(), volume.bytes()), () -> volumes.add(volume));
        }

        /** The same of a container that is known, and has a tree now. */
        void register(ContainerRecord container) {
            register(Holdings.holding(container.tree(), container.bytes()), () -> containers.put(container));
        }

        private void register(Holding wanted, Runnable addition) {
            told(() -> {
                holdings.add(() -> checkQuota(wanted), addition);
                return wanted;
            });
        }

        private void checkQuota(Holding wanted) {
            permit.checkQuota(holdings.others(namespace, holder).values(), wanted);
        }

        private <T> T told(Supplier<T> check) {
            try {
                return check.get();
            } catch (CsiException e) {
                refused.accept(String.valueOf(e.getMessage()));
                throw e;
            }
        }
    }

    /** Judges what is asked of a volume. */
    Entry enter(PublishRequest request) {
        Entry entry = new Entry(
                request.pod().namespace(),
                StateDir.volumeName(request.volumeId()),
                why -> events.report(request.pod(), Reason.POLICY_VIOLATION, why));
        return entry.told(() -> {
            if (request.wanted().storePath().isEmpty()) {
                request.wanted().expressions().forEach(it -> entry.permit.checkExpression(it.attribute()));
            }
            entry.asked(request.readOnly());
            return entry;
        });
    }

    /** The same of a container, whose pod is told by who asks that it does not start. */
    Entry enter(ContainerRecord container) {
        Entry entry = new Entry(container.owner().pod().namespace(), Holdings.holder(container.owner()), _ -> {});
        entry.asked(!container.injection().writable());
        return entry;
    }
}
