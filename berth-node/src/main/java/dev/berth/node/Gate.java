package dev.berth.node;

import dev.berth.nix.PathInfo;
import dev.berth.node.csi.CsiException;
import dev.berth.node.csi.PublishRequest;
import dev.berth.node.events.PodEvents;
import dev.berth.node.events.Reason;
import dev.berth.node.expression.Expression;
import dev.berth.node.pods.PodRef;
import dev.berth.node.policy.Admission;
import dev.berth.node.policy.Holding;
import dev.berth.node.policy.Permit;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Holds volumes against the policy, each at every point where more is known of it: what is asked, what would be fetched, what is
 * in the store, and what its namespace has already.
 */
final class Gate {
    private final Admission admission;
    private final Registry registry;
    private final PodEvents events;

    Gate(Admission admission, Registry registry, PodEvents events) {
        this.admission = admission;
        this.registry = registry;
        this.events = events;
    }

    /** A volume on its way through. Every method refuses it, or lets it go on. */
    final class Entry {
        private final PodRef pod;
        private final Permit permit;

        private Entry(PodRef pod, Permit permit) {
            this.pod = pod;
            this.permit = permit;
        }

        /** Before an expression is evaluated. */
        void expression(Expression expression) {
            told(pod, () -> {
                permit.checkExpression(expression.attribute());
                return expression;
            });
        }

        /**
         * Before anything is fetched.
         *
         * @param foreseen the closure that there would be; asked only if there is a rule about closures
         */
        void foreseen(Supplier<Collection<PathInfo>> foreseen) {
            if (permit.judgesClosures()) {
                told(pod, () -> {
                    long bytes = permit.checkClosure(foreseen.get());
                    permit.checkQuota(holdings(pod, ""), new Holding("", bytes));
                    return bytes;
                });
            }
        }

        /**
         * When all of it is valid.
         *
         * @param tree names what the volume shows
         * @param shared another volume that shows it
         * @param closure all of its paths; asked only if it must be
         * @return the bytes of the closure
         */
        long closure(String tree, Optional<VolumeRecord> shared, Supplier<Collection<PathInfo>> closure) {
            if (permit.judgesClosures()) {
                return told(pod, () -> permit.checkClosure(tree, closure));
            }
            return shared.map(VolumeRecord::bytes)
                    .orElseGet(() ->
                            closure.get().stream().mapToLong(PathInfo::narSize).sum());
        }

        /** Registers it, unless its namespace has too much already: in one step, so that others can't come in between. */
        void register(VolumeRecord volume) {
            told(pod, () -> {
                registry.add(
                        volume,
                        () -> permit.checkQuota(
                                holdings(pod, volume.name()), new Holding(volume.tree(), volume.bytes())));
                return volume;
            });
        }
    }

    /** Judges what is asked. */
    Entry enter(PublishRequest request) {
        Permit permit = told(request.pod(), () -> {
            Permit given = admission.permit(request.pod().namespace());
            given.checkMode(request.readOnly());
            if (request.wanted().storePath().isEmpty()) {
                request.wanted().expressions().forEach(it -> given.checkExpression(it.attribute()));
            }
            given.checkNumber(holdings(request.pod(), StateDir.volumeName(request.volumeId()))
                    .size());
            return given;
        });
        return new Entry(request.pod(), permit);
    }

    private List<Holding> holdings(PodRef pod, String without) {
        return registry.all().stream()
                .filter(other -> other.pod().namespace().equals(pod.namespace()))
                .filter(other -> !other.name().equals(without))
                .map(other -> new Holding(other.tree(), other.bytes()))
                .toList();
    }

    private <T> T told(PodRef pod, Supplier<T> check) {
        try {
            return check.get();
        } catch (CsiException e) {
            events.report(pod, Reason.POLICY_VIOLATION, String.valueOf(e.getMessage()));
            throw e;
        }
    }
}
