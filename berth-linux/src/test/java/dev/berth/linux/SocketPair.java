package dev.berth.linux;

import static dev.berth.linux.Native.INT;
import static dev.berth.linux.Native.POINTER;

import java.lang.invoke.MethodHandle;

/** Two connected unix sockets by number, which the JDK does not show of its own. */
record SocketPair(int one, int two) implements AutoCloseable {
    private static final MethodHandle SOCKETPAIR = Native.function("socketpair", INT, INT, INT, INT, POINTER);

    static SocketPair open() {
        try (Scratch s = Scratch.take()) {
            int result = (int) SOCKETPAIR.invokeExact(s.state(), 1, 1 | 0x80000, 0, s.struct());
            if (result < 0) {
                throw new AssertionError("socketpair: " + s.result(result));
            }
            return new SocketPair(s.getInt(0), s.getInt(4));
        } catch (Throwable t) {
            throw Native.broken(t);
        }
    }

    @Override
    public void close() {
        try (Scratch s = Scratch.take()) {
            DescriptorCalls.close(s, one);
            DescriptorCalls.close(s, two);
        }
    }
}
