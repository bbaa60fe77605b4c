package dev.berth.store.tree;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;

/** Sets ACLs as setfacl does, which is not on every machine. */
final class Acl {
    private Acl() {}

    /** Lets the user 1234 and everybody else do everything; {@code which} is {@code access} or {@code default}. */
    static void open(Path path, String which) {
        // posix_acl_xattr.h: the version; for each entry tag, permissions, id.
        ByteBuffer acl =
                ByteBuffer.allocate(4 + 5 * 8).order(ByteOrder.LITTLE_ENDIAN).putInt(2);
        for (int tag : new int[] {0x01, 0x02, 0x04, 0x10, 0x20}) {
            acl.putShort((short) tag).putShort((short) 7).putInt(tag == 0x02 ? 1234 : -1);
        }
        Linker linker = Linker.nativeLinker();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment value = arena.allocateFrom(ValueLayout.JAVA_BYTE, acl.array());
            int result = (int) linker.downcallHandle(
                            linker.defaultLookup().findOrThrow("setxattr"),
                            FunctionDescriptor.of(
                                    ValueLayout.JAVA_INT,
                                    ValueLayout.ADDRESS,
                                    ValueLayout.ADDRESS,
                                    ValueLayout.ADDRESS,
                                    ValueLayout.JAVA_LONG,
                                    ValueLayout.JAVA_INT))
                    .invokeExact(
                            arena.allocateFrom(path.toString()),
                            arena.allocateFrom("system.posix_acl_" + which),
                            value,
                            value.byteSize(),
                            0);
            assertThat(result).as("setxattr").isZero();
        } catch (Throwable t) {
            throw new AssertionError("can't set an ACL on " + path, t);
        }
    }
}
