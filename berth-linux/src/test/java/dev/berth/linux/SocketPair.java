package dev.berth.linux;

/** Two connected unix sockets by number, which the JDK does not show of its own. */
record SocketPair(int one, int two) implements AutoCloseable {
    private static final NativeFunction SOCKETPAIR = NativeFunction.of("socketpair");

    static SocketPair open() {
        try (Scratch s = Scratch.take()) {
            int result = SOCKETPAIR.call(s, 1, 1 | 0x80000, 0, s.struct());
            if (result < 0) {
                throw new AssertionError("socketpair: " + result);
            }
            return new SocketPair(s.getInt(0), s.getInt(4));
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
