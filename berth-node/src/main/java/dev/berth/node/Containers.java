package dev.berth.node;

import dev.berth.linux.DetachedMount;
import dev.berth.linux.Kernel;
import dev.berth.linux.Namespace;
import dev.berth.linux.NamespaceThread;
import dev.berth.nix.PathInfo;
import dev.berth.nix.StorePath;
import dev.berth.node.csi.CsiException;
import dev.berth.node.events.PodEvents;
import dev.berth.node.events.Reason;
import dev.berth.node.injection.ContainerClosures;
import dev.berth.node.injection.ContainerRecord;
import dev.berth.node.presentation.Presentation;
import dev.berth.node.presentation.Writable;
import dev.berth.store.local.LocalStore;
import io.grpc.Deadline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The closures of containers that have no volume. What a container needs is written down before the runtime makes it. Its mounts are in its own namespace, where
 * the agent's table of mounts does not show them: a record alone says that a tree and what it shows are in use, until the runtime says that the container is gone,
 * or the machine is started anew.
 */
final class Containers implements ContainerClosures {
    private static final Logger LOG = LoggerFactory.getLogger(Containers.class);
    private static final long REMOVAL_SECONDS = 30;
    private static final String NIX = "nix";

    private final StateDir state;
    private final LocalStore store;
    private final Closures closures;
    private final Presentations presentations;
    private final ContainerPresentation choice;
    private final Trees trees;
    private final Trash trash;
    private final VolumeRoots roots;
    private final KeyedLocks locks;
    private final ContainerRegistry registry;
    private final Gate gate;
    private final PodEvents events;

    Containers(
            StateDir state,
            LocalStore store,
            Closures closures,
            Presentations presentations,
            ContainerPresentation choice,
            Trees trees,
            Trash trash,
            VolumeRoots roots,
            KeyedLocks locks,
            ContainerRegistry registry,
            Gate gate,
            PodEvents events) {
        this.state = state;
        this.store = store;
        this.closures = closures;
        this.presentations = presentations;
        this.choice = choice;
        this.trees = trees;
        this.trash = trash;
        this.roots = roots;
        this.locks = locks;
        this.registry = registry;
        this.gate = gate;
        this.events = events;
    }

    /** Takes up the containers of an earlier agent; to be run before anything is swept. */
    void adopt() throws IOException {
        try (var entries = Files.newDirectoryStream(state.containers())) {
            for (Path directory : entries) {
                String name = directory.getFileName().toString();
                Optional<ContainerRecord> container = ContainerFile.read(directory, Kernel.bootId());
                if (container.isPresent()) {
                    registry.put(container.get());
                    if (!container.get().tree().isEmpty()) {
                        trees.adopt(container.get().tree(), name);
                    }
                } else {
                    LOG.info("what container {} left is removed: it is not of this boot", name);
                    roots.remove(name);
                    trash.take(directory);
                }
            }
        }
    }

    @Override
    public List<ContainerRecord> all() {
        return registry.all();
    }

    @Override
    public Optional<ContainerRecord> find(String id) {
        return registry.get(id);
    }

    @Override
    public void add(ContainerRecord container) throws IOException {
        String name = StateDir.containerName(container.id());
        try (KeyedLocks.Held _ = lock(name)) {
            Files.createDirectories(state.container(name));
            write(container);
            roots.add(name, container.injection().packages());
        }
    }

    private void write(ContainerRecord container) throws IOException {
        writeFile(container);
        registry.put(container);
    }

    private void writeFile(ContainerRecord container) throws IOException {
        ContainerFile.write(state.container(StateDir.containerName(container.id())), container, Kernel.bootId());
    }

    @Override
    public ContainerRecord prepare(String id, Duration allowed, CompletableFuture<?> givenUp) {
        String name = StateDir.containerName(id);
        ContainerRecord container = get(id);
        Patience patience = Patience.of(allowed, givenUp, progress(container));
        // Not under the lock: a container that is removed does not wait for what it wanted to be fetched.
        try (LocalStore session = store.session()) {
            session.addTempRoots(container.injection().packages());
            List<StorePath> packages = container.injection().packages();
            // Held against the rules of the namespace as volumes are.
            Gate.Entry entry = gate.enter(container);
            entry.foreseen(packages, () -> closures.foreseen(packages, patience));
            Collection<PathInfo> closure = closures.ensure(packages, patience);
            try (KeyedLocks.Held _ = locks.take("the container", List.of(name), patience.limit())) {
                return present(get(id), entry, closure, patience.limit());
            } catch (IOException e) {
                throw Failures.of("cannot present the closure of " + container.owner(), e);
            }
        }
    }

    private Patience.Watcher progress(ContainerRecord container) {
        return new Patience.Watcher() {
            private Reason reason = Reason.FETCH;
            private Supplier<String> state = () -> "";

            @Override
            public void waitsFor(Reason told, Supplier<String> what) {
                reason = told;
                state = what;
            }

            @Override
            public void stillWaits() {
                events.progress(container.owner().pod(), reason, state.get());
            }
        };
    }

    private ContainerRecord present(
            ContainerRecord container, Gate.Entry entry, Collection<PathInfo> closure, Deadline deadline)
            throws IOException {
        List<StorePath> packages = container.injection().packages();
        String key = container.tree();
        if (key.isEmpty()) {
            TreeKey.Kind kind = presentations.forContainer(choice, closure.size(), container.hostUsers());
            key = TreeKey.of(store.storeDir(), packages, closure, kind);
        }
        long bytes = entry.closure(key, Optional.empty(), () -> closure);
        if (container.tree().isEmpty()) {
            counted(container, key, bytes, entry);
        }
        trees.acquire(key, StateDir.containerName(container.id()), packages, () -> closure, deadline);
        return get(container.id());
    }

    /** Notes what a container shows. Before the tree is counted: the next agent counts by the records. */
    private void counted(ContainerRecord container, String tree, long bytes, Gate.Entry entry) throws IOException {
        ContainerRecord counted = container.withTree(tree, bytes);
        entry.register(counted);
        try {
            writeFile(counted);
        } catch (IOException e) {
            registry.put(container);
            throw e;
        }
    }

    private ContainerRecord get(String id) {
        return find(id).orElseThrow(() -> new IllegalStateException("the container was removed meanwhile"));
    }

    @Override
    public DetachedMount nix(ContainerRecord container) throws IOException, InterruptedException {
        Presentation presentation = presentations.of(container.tree());
        Path tree = state.tree(container.tree());
        Path own = state.container(StateDir.containerName(container.id()));
        try (DetachedMount volume = container.injection().writable()
                ? presentation.readWrite(tree, layer(own))
                : presentation.readOnly(tree)) {
            // A part of a mount can be had only where it is attached, and nobody is to see it there.
            return NamespaceThread.inNew(Set.of(Namespace.MOUNT), () -> {
                volume.attach(own);
                return DetachedMount.copy(own.resolve(NIX), true);
            });
        }
    }

    private Writable layer(Path own) throws IOException {
        // An agent that was killed may have begun; the container has not, so there is nothing of its own in there. An
        // overlay
        // that was "volatile" refuses its directories the second time.
        trash.takeQuietly(own.resolve("upper"));
        trash.takeQuietly(own.resolve("work"));
        return Writable.in(own, VolumeMounts.SOURCE + own.getFileName());
    }

    @Override
    public void shown(String id) throws IOException {
        try (KeyedLocks.Held _ = lock(StateDir.containerName(id))) {
            write(get(id).asShown());
        }
    }

    @Override
    public void ended(String id) throws IOException {
        try (KeyedLocks.Held _ = lock(StateDir.containerName(id))) {
            Optional<ContainerRecord> container = registry.get(id).filter(known -> !known.ended());
            if (container.isPresent()) {
                write(container.get().asEnded());
            }
        } catch (CsiException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    @Override
    public void remove(String id) throws IOException {
        String name = StateDir.containerName(id);
        try (KeyedLocks.Held _ = lock(name)) {
            Optional<ContainerRecord> container = registry.get(id);
            if (container.isEmpty()) {
                return;
            }
            if (Files.exists(state.container(name), LinkOption.NOFOLLOW_LINKS)) {
                trash.take(state.container(name));
            }
            roots.remove(name);
            String tree = container.get().tree();
            if (!tree.isEmpty()) {
                trees.release(tree, name);
            }
            // Last: what fails before is done again when the caller tries again.
            registry.remove(id);
        } catch (CsiException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private KeyedLocks.Held lock(String name) {
        return locks.take("the container", List.of(name), Deadline.after(REMOVAL_SECONDS, TimeUnit.SECONDS));
    }
}
