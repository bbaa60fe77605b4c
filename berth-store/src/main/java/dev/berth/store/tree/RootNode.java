package dev.berth.store.tree;

import dev.berth.linux.Descriptor;
import dev.berth.linux.FileStat;
import dev.berth.linux.LinuxException;

/**
 * Rids the root of a new tree of what the directory around it passed on: a default ACL, extended attributes, a group and
 * the set-group-id bit. What is then made below a clean root directory inherits nothing and needs no look.
 */
final class RootNode {
    private static final int SET_GROUP_ID = 02000;

    private RootNode() {}

    /**
     * Cleans a new file or directory.
     *
     * @return whether modes of new files must be set by a call of their own: the umask takes from those that were asked
     *     for, or it can't be told
     */
    static boolean adopt(TreeLocation location, Descriptor node, int permissions) throws LinuxException {
        boolean attributes =
                !location.parent().attributes(location.name()).names().isEmpty();
        if (attributes) {
            Canonical.removeAttributes(location.parent(), location.name());
        }
        FileStat stat = node.stat();
        if (inheritsGroup(location)) {
            FileStat self = Canonical.self();
            node.setOwner(self.owner(), self.group());
        }
        // With a default ACL the umask had no say, and what it will take later shows nowhere.
        boolean masked = attributes || stat.permissions() != permissions;
        if (masked) {
            node.setPermissions(permissions);
        }
        return masked;
    }

    /** Cleans a new symbolic link, which has no mode and inherits no ACL. */
    static void adoptLink(TreeLocation location) throws LinuxException {
        if (inheritsGroup(location)) {
            FileStat self = Canonical.self();
            location.parent().setOwner(location.name(), self.owner(), self.group());
        }
    }

    private static boolean inheritsGroup(TreeLocation location) throws LinuxException {
        return (location.parent().stat().permissions() & SET_GROUP_ID) != 0;
    }
}
