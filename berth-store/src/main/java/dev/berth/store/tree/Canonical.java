package dev.berth.store.tree;

import dev.berth.linux.Directory;
import dev.berth.linux.ExtendedAttributes;
import dev.berth.linux.FileStat;
import dev.berth.linux.FileType;
import dev.berth.linux.LinuxException;
import dev.berth.linux.Names;
import java.util.Set;

/** The metadata of files in a store (libstore/posix-fs-canonicalise.cc). */
final class Canonical {
    /** Seconds since 1970 of every last change. */
    static final long MODIFIED = 1;

    /** What Nix leaves in place, as its setting ignored-acls: labels that the system itself puts on every file. */
    private static final Set<String> KEPT = Set.of("security.selinux", "security.csm", "system.nfs4_acl");

    private Canonical() {}

    static int permissions(boolean executable) {
        return executable ? 0555 : 0444;
    }

    /** The permissions of a file that has these now. */
    static int permissions(FileStat stat) {
        return permissions(stat.type() == FileType.DIRECTORY || (stat.permissions() & 0100) != 0);
    }

    /** Removes the extended attributes of a file, ACLs included. */
    static void removeAttributes(Directory directory, byte[] name) throws LinuxException {
        ExtendedAttributes attributes = directory.attributes(name);
        for (String attribute : attributes.names()) {
            if (!KEPT.contains(attribute)) {
                attributes.remove(attribute);
            }
        }
    }

    /** The user and the group that new files of this process belong to: of its entry in /proc. */
    static FileStat self() throws LinuxException {
        try (Directory self = Directory.open(Names.bytes("/proc/self"))) {
            return self.stat();
        }
    }
}
