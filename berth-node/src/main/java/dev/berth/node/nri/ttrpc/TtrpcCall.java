package dev.berth.node.nri.ttrpc;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What comes with a call beside the request.
 *
 * @param timeout how long the caller waits, counted from when it sent the call; empty for ever
 * @param metadata the caller's metadata, values in their order
 */
public record TtrpcCall(Optional<Duration> timeout, Map<String, List<String>> metadata) {}
