package dev.berth.node;

/** How an agent is to present closures to containers that have no volume. */
public enum ContainerPresentation {
    /** By composefs if volumes are, else by binds if the kernel allows as many, else by hardlink trees. */
    AUTO,
    /** By a bind mount for each store path. */
    FARM,
    /** As volumes are presented. */
    AS_VOLUMES
}
