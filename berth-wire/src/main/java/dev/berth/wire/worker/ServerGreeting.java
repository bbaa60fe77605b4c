package dev.berth.wire.worker;

import dev.berth.wire.TrustedFlag;
import java.util.Optional;

/**
 * What a server said at the handshake.
 *
 * @param dialect what was agreed upon
 * @param nixVersion from 1.33 on
 * @param trusted from 1.35 on
 */
record ServerGreeting(Dialect dialect, Optional<String> nixVersion, TrustedFlag trusted) {}
