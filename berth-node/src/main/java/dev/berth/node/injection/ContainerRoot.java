package dev.berth.node.injection;

import dev.berth.linux.DetachedMount;
import dev.berth.linux.Directory;
import dev.berth.linux.Errno;
import dev.berth.linux.FileType;
import dev.berth.linux.LinuxException;
import dev.berth.linux.MountAttribute;
import dev.berth.linux.Names;
import dev.berth.linux.Namespace;
import dev.berth.linux.NamespaceHandle;
import dev.berth.linux.NamespaceThread;
import dev.berth.linux.Place;
import dev.berth.linux.Propagation;
import dev.berth.nix.StoreDir;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The file system of a container as the agent gets at it: from a thread in the container's mount namespace, so that what is mounted is seen by the
 * container alone and goes with it. Every path is resolved as the container would, by the kernel: no link leads out.
 *
 * @param pid a process in the container's mount namespace, by its number here
 * @param root the container's root directory as it is called in that namespace: {@code /} once its process runs
 */
record ContainerRoot(long pid, Path root) {
    private static final Set<MountAttribute> READ_ONLY = Set.of(MountAttribute.READ_ONLY);
    private static final String NIX = "/nix";
    private static final int DIRECTORY = 0755;
    private static final int FILE = 0444;

    /** Whether something is mounted at its {@code /nix}. */
    boolean hasNix() throws IOException, InterruptedException {
        return inside(root -> {
            Optional<Place> nix = find(root, NIX);
            if (nix.isEmpty()) {
                return false;
            }
            try (Place place = nix.get()) {
                return place.stat().mountRoot();
            }
        });
    }

    /**
     * Mounts a closure at {@code /nix}, unless an agent before this one did it, and then what is wanted of it elsewhere. What is missing on the way there
     * is made.
     *
     * @throws RefusedException if the container's image or the closure has something else there than it takes
     */
    void show(Nix nix, Injection injection, StoreDir storeDir) throws IOException, InterruptedException {
        ContainerUsers users = ContainerUsers.of(pid);
        if (!hasNix()) {
            try (DetachedMount mount = nix.open()) {
                users.map(mount, injection.writable());
                inside(root -> {
                    try (Place at = mountPoint(root, NIX, true, users)) {
                        mount.attach(at);
                    }
                    return true;
                });
            }
        }
        inside(root -> {
            for (StoreMount mount : injection.mounts()) {
                show(root, mount, storeDir, users);
            }
            return true;
        });
    }

    /** Makes what is to be mounted at {@code /nix}. */
    interface Nix {
        DetachedMount open() throws IOException, InterruptedException;
    }

    private interface Inside<T> {
        T with(Directory root) throws IOException;
    }

    private <T> T inside(Inside<T> action) throws IOException, InterruptedException {
        try (NamespaceHandle theirs = NamespaceHandle.ofProcess(pid, Namespace.MOUNT)) {
            refuseOthers(theirs);
            return NamespaceThread.in(List.of(theirs), () -> {
                try (Directory directory = Directory.open(root)) {
                    return action.with(directory);
                }
            });
        }
    }

    /** What is done here must never be done to the agent's or the host's own file system. */
    private void refuseOthers(NamespaceHandle theirs) throws IOException {
        try (NamespaceHandle mine = NamespaceHandle.ofThisThread(Namespace.MOUNT)) {
            if (theirs.isSame(mine) || isFirst(theirs)) {
                throw new IOException("process " + pid + " has no mount namespace of its own");
            }
        }
    }

    private static boolean isFirst(NamespaceHandle theirs) throws IOException {
        try (NamespaceHandle first = NamespaceHandle.ofProcess(1, Namespace.MOUNT)) {
            return theirs.isSame(first);
        } catch (LinuxException e) {
            if (e.is(Errno.EACCES) || e.is(Errno.EPERM)) {
                // An agent that may not even look at the first process's can't have got that of a process that shares
                // it.
                return false;
            }
            throw e;
        }
    }

    private static void show(Directory root, StoreMount mount, StoreDir storeDir, ContainerUsers users)
            throws IOException {
        String from = storeDir.print(mount.source()) + mount.below();
        try (Place source = find(root, from)
                        .orElseThrow(() -> new RefusedException(
                                from + ", which is wanted at " + mount.target() + ", is not in the closure"));
                Place target = mountPoint(root, mount.target(), isDirectory(source), users);
                DetachedMount copy = DetachedMount.copy(source, true)) {
            copy.setAttributes(READ_ONLY, Set.of(), true);
            copy.setPropagation(Propagation.PRIVATE, true);
            copy.attach(target);
        }
    }

    private static Place mountPoint(Directory root, String path, boolean directory, ContainerUsers users)
            throws IOException {
        Optional<Place> there = find(root, path);
        if (there.isEmpty()) {
            make(root, path, directory, users);
            there = find(root, path);
        }
        Place place = there.orElseThrow(() ->
                new RefusedException(path + " in the container's image is a link that leads nowhere: remove it there"));
        if (isDirectory(place) != directory) {
            place.close();
            throw new RefusedException(
                    path + " is a " + (directory ? "file" : "directory") + " in the container's image, and a "
                            + (directory ? "directory" : "file") + " is to be mounted on it");
        }
        return place;
    }

    private static void make(Directory root, String path, boolean directory, ContainerUsers users) throws IOException {
        int slash = path.lastIndexOf('/');
        byte[] name = Names.bytes(path.substring(slash + 1));
        try (Place parent = slash == 0
                        ? Place.inRoot(root, Names.bytes("/"))
                        : mountPoint(root, path.substring(0, slash), true, users);
                Directory in = parent.directory()) {
            make(in, name, directory, users);
        } catch (LinuxException e) {
            if (e.is(Errno.EROFS)) {
                throw new RefusedException("the container has no " + path
                        + ", and the file system there is read-only: make one in its image to be mounted on");
            }
            if (!e.is(Errno.EEXIST)) {
                throw e;
            }
        }
    }

    /** Loads no class: in a container none can be found. */
    private static void make(Directory in, byte[] name, boolean directory, ContainerUsers users) throws LinuxException {
        users.act();
        try {
            make(in, name, directory);
        } catch (LinuxException e) {
            if (!e.is(Errno.EACCES)) {
                throw e;
            }
            // Our root may what its may not.
            ContainerUsers.rest();
            make(in, name, directory);
        } finally {
            ContainerUsers.rest();
        }
    }

    private static void make(Directory in, byte[] name, boolean directory) throws LinuxException {
        if (directory) {
            in.makeDirectory(name, DIRECTORY);
        } else {
            in.createFile(name, FILE).close();
        }
    }

    private static Optional<Place> find(Directory root, String path) throws LinuxException {
        try {
            return Optional.of(Place.inRoot(root, Names.bytes(path)));
        } catch (LinuxException e) {
            if (e.is(Errno.ENOENT)) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private static boolean isDirectory(Place place) throws LinuxException {
        return place.stat().type() == FileType.DIRECTORY;
    }
}
