package dev.berth.gateway;

import java.util.concurrent.atomic.AtomicInteger;

/** Something with an owner and users, closed when the last of them has let it go. Any thread. */
final class Counted<T> {
    private final T value;
    private final Runnable closing;
    private final AtomicInteger holders = new AtomicInteger(1);

    /** With its owner, who lets it go as users do. */
    Counted(T value, Runnable closing) {
        this.value = value;
        this.closing = closing;
    }

    T value() {
        return value;
    }

    /** How many there are beside the owner, as long as there is one. */
    int users() {
        return holders.get() - 1;
    }

    /** One more user, unless it is closed already. */
    boolean retain() {
        return holders.getAndUpdate(now -> now == 0 ? 0 : now + 1) > 0;
    }

    /** The owner, or one user, lets it go. */
    void release() {
        if (holders.decrementAndGet() == 0) {
            closing.run();
        }
    }
}
