package dev.berth.linux;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * The way into libc. Pointers are passed as {@code long} addresses into a {@link Scratch}: on both machines that is the
 * same register as a pointer, and nothing is allocated for a call.
 */
final class Native {
    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    static final ValueLayout.OfLong POINTER = ValueLayout.JAVA_LONG;

    /** Whether this machine is an aarch64, whose open flags differ from the generic ones. */
    static final boolean AARCH64 = System.getProperty("os.arch", "").equals("aarch64");

    private static final Linker LINKER = Linker.nativeLinker();
    private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");

    private Native() {}

    /** A function of libc that sets errno: its handle takes the {@link Scratch#state()} first. */
    static MethodHandle function(String name, ValueLayout result, MemoryLayout... arguments) {
        return LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow(name), FunctionDescriptor.of(result, arguments), ERRNO);
    }

    /** As {@link #function}, for one whose arguments from {@code firstVariadic} on are variadic in C. */
    static MethodHandle variadic(int firstVariadic, String name, ValueLayout result, MemoryLayout... arguments) {
        return LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow(name),
                FunctionDescriptor.of(result, arguments),
                ERRNO,
                Linker.Option.firstVariadicArg(firstVariadic));
    }

    /** What a handle of this package never throws: its own failure, not the kernel's. */
    static Error broken(Throwable cause) {
        return cause instanceof Error error ? error : new AssertionError("a call into libc failed", cause);
    }
}
