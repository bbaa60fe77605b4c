package dev.berth.linux;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * A function of libc that takes numbers and addresses, and sets errno when it fails. All are called in one form, with six
 * arguments of 64 bits: on both machines (x86-64 and aarch64, System V) each of up to six integers or pointers, variadic
 * or not, has a register of its own, of which a function reads as many, and as much, as it declares. One form is
 * generated and compiled once; each form of its own costs the start of every process some milliseconds.
 */
final class NativeFunction {
    /** Whether this machine is an aarch64, whose open flags differ from the generic ones. */
    static final boolean AARCH64 = System.getProperty("os.arch", "").equals("aarch64");

    private static final Linker LINKER = Linker.nativeLinker();
    private static final MethodHandle CALL = LINKER.downcallHandle(
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
            Linker.Option.captureCallState("errno"));

    private final MemorySegment address;

    private NativeFunction(MemorySegment address) {
        this.address = address;
    }

    static NativeFunction of(String name) {
        return new NativeFunction(LINKER.defaultLookup().findOrThrow(name));
    }

    /**
     * Calls it.
     *
     * @return as the kernel answers: not negative, or the negated errno
     */
    int call(Scratch s, long a, long b, long c, long d, long e, long f) {
        // Of an int, which most of them return, the upper half of the register is undefined.
        int result = (int) invoke(s, a, b, c, d, e, f);
        return result >= 0 ? result : -s.errno();
    }

    int call(Scratch s, long a, long b, long c, long d, long e) {
        return call(s, a, b, c, d, e, 0);
    }

    int call(Scratch s, long a, long b, long c, long d) {
        return call(s, a, b, c, d, 0, 0);
    }

    int call(Scratch s, long a, long b, long c) {
        return call(s, a, b, c, 0, 0, 0);
    }

    int call(Scratch s, long a, long b) {
        return call(s, a, b, 0, 0, 0, 0);
    }

    int call(Scratch s, long a) {
        return call(s, a, 0, 0, 0, 0, 0);
    }

    /** As {@link #call}, of one that returns 64 bits and may use all of them. */
    long callLong(Scratch s, long a, long b, long c) {
        long result = invoke(s, a, b, c, 0, 0, 0);
        return result >= 0 ? result : -s.errno();
    }

    /** As {@link #callLong}, of one that returns an address. */
    long callAddress(Scratch s, long a, long b, long c, long d) {
        long result = invoke(s, a, b, c, d, 0, 0);
        return result == -1 ? -s.errno() : result;
    }

    private long invoke(Scratch s, long a, long b, long c, long d, long e, long f) {
        try {
            return (long) CALL.invokeExact(address, s.state(), a, b, c, d, e, f);
        } catch (Throwable t) {
            // Its own failure, not the kernel's: a handle of this form never throws.
            throw t instanceof Error error ? error : new AssertionError("a call into libc failed", t);
        }
    }
}
