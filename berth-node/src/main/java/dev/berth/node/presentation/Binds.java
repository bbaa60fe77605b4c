package dev.berth.node.presentation;

import dev.berth.linux.DetachedMount;
import dev.berth.linux.MountAttribute;
import dev.berth.linux.Propagation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;

/** Bind mounts that nobody can see yet. */
final class Binds {
    private Binds() {}

    /**
     * A private bind of a directory with all that is mounted in it. Attributes are set on every mount of it before anybody can see it, so one that is to
     * be read-only is never writable for a moment, and nothing has to be taken back.
     */
    static DetachedMount of(Path directory, Set<MountAttribute> attributes) throws IOException {
        DetachedMount mount = DetachedMount.copy(directory, true);
        boolean good = false;
        try {
            mount.setAttributes(attributes, Set.of(), true);
            // Else it would be a peer of the directory's own mount: a mount in one volume would show in all of them.
            mount.setPropagation(Propagation.PRIVATE, true);
            good = true;
            return mount;
        } finally {
            if (!good) {
                mount.close();
            }
        }
    }
}
