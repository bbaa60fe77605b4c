/**
 * The store as a binary cache over HTTP/1.1 and HTTP/2: the server, and what it answers. The server knows connections,
 * framing, TLS and limits; the {@link dev.berth.gateway.http.Routes} know the cache.
 */
@NullMarked
package dev.berth.gateway.http;

import org.jspecify.annotations.NullMarked;
