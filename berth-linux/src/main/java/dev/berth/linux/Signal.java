package dev.berth.linux;

/** A signal, by the numbers of x86_64 and aarch64 (signal(7)). */
public enum Signal {
    /** Hang up. */
    HUP(1),
    /** Interrupt, as Ctrl-C sends it. */
    INT(2),
    /** Quit. */
    QUIT(3),
    /** Kill; cannot be caught. */
    KILL(9),
    /** The first user-defined one. */
    USR1(10),
    /** The second user-defined one. */
    USR2(12),
    /** Terminate. */
    TERM(15),
    /** Continue. */
    CONT(18),
    /** Stop; cannot be caught. */
    STOP(19);

    final int number;

    Signal(int number) {
        this.number = number;
    }

    /** Its number. */
    public int number() {
        return number;
    }
}
