package dev.berth.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The groups of users, by whatever sources the system has them from (group(5), nsswitch.conf(5)). */
public final class Groups {
    private static final int FIRST_SIZE = 16 << 10;
    private static final int MAX_SIZE = 16 << 20;
    // struct group: name, password, number with padding, members.
    private static final int STRUCT_SIZE = 32;
    private static final int MEMBERS = 24;

    private static final NativeFunction GETGRNAM_R = NativeFunction.of("getgrnam_r");

    private Groups() {}

    /**
     * The names of the users who are members of a group beside those whose primary group it is; empty if there is no such
     * group.
     *
     * @throws LinuxException if the system's sources cannot be asked
     */
    public static List<String> members(String group) throws LinuxException {
        for (int size = FIRST_SIZE; ; size *= 4) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment name = arena.allocateFrom(group);
                MemorySegment struct = arena.allocate(STRUCT_SIZE, 8);
                MemorySegment buffer = arena.allocate(size, 8);
                MemorySegment result = arena.allocate(8, 8);
                int error = getgrnam(name, struct, buffer, result);
                if (error == Errno.ERANGE.number() && size < MAX_SIZE) {
                    continue;
                }
                // Some sources answer so where the group does not exist: getgrnam(3).
                boolean absent = error == 0
                        || error == Errno.ENOENT.number()
                        || error == Errno.ESRCH.number()
                        || error == Errno.EPERM.number();
                if (!absent) {
                    throw new LinuxException(new Errno(error), "getgrnam_r", group);
                }
                return result.get(ValueLayout.JAVA_LONG, 0) == 0 ? List.of() : members(struct, buffer);
            }
        }
    }

    /** 0 or an errno, unlike a system call. */
    private static int getgrnam(MemorySegment name, MemorySegment struct, MemorySegment buffer, MemorySegment result) {
        try (Scratch s = Scratch.take()) {
            return GETGRNAM_R.call(
                    s, name.address(), struct.address(), buffer.address(), buffer.byteSize(), result.address());
        }
    }

    /** The list and its names lie in the buffer. */
    private static List<String> members(MemorySegment struct, MemorySegment buffer) {
        List<String> names = new ArrayList<>();
        long at = struct.get(ValueLayout.JAVA_LONG, MEMBERS) - buffer.address();
        for (; ; at += 8) {
            long name = buffer.get(ValueLayout.JAVA_LONG, at);
            if (name == 0) {
                return names;
            }
            names.add(buffer.getString(name - buffer.address(), StandardCharsets.UTF_8));
        }
    }
}
