package dev.berth.wire;

import java.util.List;

/**
 * The other side refused or failed, and said so in its own words. The connection is still good unless
 * {@link #connectionLost} says otherwise.
 */
public final class RemoteException extends RuntimeException {
    private final String message;
    private final long level;
    private final List<String> traces;
    private final boolean connectionLost;

    /**
     * @param message the other side's, for the user, without {@code error:} in front
     * @param level Nix's verbosity, 0 for errors
     * @param traces where it came from, outermost first
     * @param connectionLost whether the connection can't be used any more
     */
    public RemoteException(String message, long level, List<String> traces, boolean connectionLost) {
        super(message);
        this.message = message;
        this.level = level;
        this.traces = List.copyOf(traces);
        this.connectionLost = connectionLost;
    }

    /** The other side's words; never null. */
    @Override
    public String getMessage() {
        return message;
    }

    /** Nix's verbosity, 0 for errors. */
    public long level() {
        return level;
    }

    /** Where it came from, outermost first. */
    public List<String> traces() {
        return traces;
    }

    /** Whether the connection can't be used any more. */
    public boolean connectionLost() {
        return connectionLost;
    }
}
