package dev.berth.node;

/** How an agent is to present closures. */
public enum PresentationChoice {
    /** By composefs where it works, else by hardlink trees. */
    AUTO,
    /** By an EROFS image and an overlay above the store; where that does not work the agent does not start. */
    COMPOSEFS,
    /** By trees of hard links. */
    HARDLINK
}
