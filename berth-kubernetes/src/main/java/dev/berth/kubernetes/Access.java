package dev.berth.kubernetes;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What is needed to talk to a cluster.
 *
 * @param context the name of the context
 * @param origin where it is from, for messages: a file
 * @param server such as {@code https://10.0.0.1:6443}
 * @param namespace that of the context
 * @param authority certificates of the authorities to trust, PEM; empty: those of the system
 * @param insecure whether any certificate is taken
 * @param proxy the proxy that the file names
 * @param headers what to send with every request: who to act as
 * @param credentials who we are
 */
record Access(
        String context,
        String origin,
        URI server,
        String namespace,
        Optional<byte[]> authority,
        boolean insecure,
        Optional<URI> proxy,
        Map<String, List<String>> headers,
        Credentials credentials) {
    Access {
        headers = Map.copyOf(headers);
    }
}
