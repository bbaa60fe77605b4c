package dev.berth.wire;

/** What one message may take in memory: what a peer announces is charged before anything is allocated for it. One thread. */
final class MessageBudget {
    /** What an element costs beside its bytes, as objects. */
    private static final int OVERHEAD = 48;

    private final long most;
    private long left;

    /** @param most bytes of a message */
    MessageBudget(long most) {
        this.most = most;
        this.left = most;
    }

    /** Another message begins. */
    void start() {
        left = most;
    }

    /** Charges so many elements, without their bytes. */
    void elements(int count) throws WireException {
        charge((long) count * OVERHEAD);
    }

    /** Charges a string of an announced length, which may be anything. */
    void string(long length) throws WireException {
        if (length < 0 || length > left) {
            throw new WireException("a string of " + Long.toUnsignedString(length)
                    + " bytes makes the message larger than " + most + " bytes");
        }
        charge(length + OVERHEAD);
    }

    /** Takes back what was charged for a string. */
    void refund(long length) {
        left += length + OVERHEAD;
    }

    private void charge(long bytes) throws WireException {
        left -= bytes;
        if (left < -OVERHEAD) {
            throw new WireException("the message is larger than " + most + " bytes");
        }
    }
}
