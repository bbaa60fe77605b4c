package dev.berth.node;

import dev.berth.node.csi.CsiException;
import dev.berth.node.csi.PublishRequest;
import dev.berth.node.events.PodEvents;
import dev.berth.node.events.Reason;
import dev.berth.node.presentation.BindFarm;
import dev.berth.node.presentation.Composefs;
import dev.berth.node.presentation.ComposefsProbe;
import dev.berth.node.presentation.HardlinkTree;
import dev.berth.node.presentation.Presentation;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The presentations that there are, and which one new trees have; that of an older one is told by its key. */
final class Presentations {
    private static final Logger LOG = LoggerFactory.getLogger(Presentations.class);

    private final HardlinkTree hardlinks = new HardlinkTree();
    private final Composefs composefs;
    private final BindFarm farm;
    private final TreeKey.Kind chosen;
    private final LongAdder fallbacks = new LongAdder();

    private Presentations(Composefs composefs, BindFarm farm, TreeKey.Kind chosen) {
        this.composefs = composefs;
        this.farm = farm;
        this.chosen = chosen;
    }

    /**
     * @param store the directory of the store's files
     * @throws NodeException if what was chosen does not work here
     */
    static Presentations choose(PresentationChoice choice, Path store, StateDir state, PodEvents events)
            throws IOException {
        Composefs composefs = new Composefs(store, VolumeMounts.SOURCE);
        BindFarm farm = new BindFarm(store);
        if (choice == PresentationChoice.HARDLINK) {
            return new Presentations(composefs, farm, TreeKey.Kind.HARDLINK);
        }
        Optional<String> problem = problem(state);
        if (problem.isEmpty()) {
            return new Presentations(composefs, farm, TreeKey.Kind.COMPOSEFS);
        }
        if (choice == PresentationChoice.COMPOSEFS) {
            events.reportNode(
                    Reason.KERNEL_INCOMPATIBLE, "composefs was chosen and does not work here: " + problem.get());
            throw new NodeException("composefs does not work here: " + problem.get()
                    + "; let the agent choose the presentation, or choose hardlink");
        }
        events.reportNode(
                Reason.KERNEL_LIMITED,
                "composefs does not work here, so volumes are trees of hard links, which take longer: "
                        + problem.get());
        LOG.info("volumes are shown by trees of hard links, for composefs does not work here: {}", problem.get());
        return new Presentations(composefs, farm, TreeKey.Kind.HARDLINK);
    }

    private static Optional<String> problem(StateDir state) throws IOException {
        Path scratch = Files.createDirectory(state.parts().resolve("probe-" + UUID.randomUUID()));
        Optional<String> problem = ComposefsProbe.problem(scratch);
        Files.delete(scratch);
        return problem;
    }

    /**
     * How the tree of a new volume is made. What a pod with user ids of its own has is mounted with mapped ids, which no kernel
     * does with overlays.
     *
     * @throws CsiException FAILED_PRECONDITION if it could be shown in no way
     */
    TreeKey.Kind chosen(PublishRequest request) {
        if (request.hostUsers()) {
            return chosen;
        }
        if (!request.readOnly()) {
            throw new CsiException(
                    Status.Code.FAILED_PRECONDITION,
                    "KernelLimited: a pod with hostUsers: false can't write to its volume, for overlays can't be mounted with"
                            + " mapped ids: set readOnly: true, or hostUsers: true");
        }
        return TreeKey.Kind.HARDLINK;
    }

    /**
     * How containers without a volume are shown a closure: as volumes are if that is by composefs, else by binds, which cost nothing for each file, unless
     * there would be too many. Overlays are not for those with user ids of their own.
     *
     * @param paths how many store paths the closure has
     * @param hostUsers whether it has the node's user ids
     */
    TreeKey.Kind forContainer(ContainerPresentation choice, int paths, boolean hostUsers) throws IOException {
        TreeKey.Kind asVolumes = hostUsers ? chosen : TreeKey.Kind.HARDLINK;
        return switch (choice) {
            case AS_VOLUMES -> asVolumes;
            case FARM -> TreeKey.Kind.FARM;
            case AUTO -> {
                if (asVolumes == TreeKey.Kind.COMPOSEFS) {
                    yield asVolumes;
                }
                Optional<String> problem = BindFarm.problem(paths);
                problem.ifPresent(why -> {
                    fallbacks.increment();
                    LOG.info("a container's closure is shown by hard links: {}", why);
                });
                yield problem.isEmpty() ? TreeKey.Kind.FARM : asVolumes;
            }
        };
    }

    /** Whether new volumes are shown by composefs. */
    boolean composefs() {
        return chosen == TreeKey.Kind.COMPOSEFS;
    }

    /** How many containers' closures would have been too many binds. */
    long fallbacks() {
        return fallbacks.sum();
    }

    Presentation of(String tree) {
        return switch (TreeKey.kind(tree)) {
            case HARDLINK -> hardlinks;
            case COMPOSEFS -> composefs;
            case FARM -> farm;
        };
    }
}
