package dev.berth.kubernetes;

import java.time.Duration;
import java.util.Optional;

/**
 * A request to make.
 *
 * @param what what it is for, for messages, such as {@code Deployment shop/web}
 * @param method the HTTP method
 * @param path the path below the server, with the query
 * @param body what to send
 * @param accept the type of the answer
 * @param repeatable whether doing it twice is as good as doing it once
 * @param limit how long all attempts together may take
 * @param largest how many bytes the answer may have
 */
record Call(
        String what,
        String method,
        String path,
        Optional<Body> body,
        String accept,
        boolean repeatable,
        Duration limit,
        int largest) {
    static final String JSON = "application/json";

    /** How long a request and its repetitions may take. */
    private static final Duration LIMIT = Duration.ofSeconds(60);
    /** An object is at most 3 MiB in etcd; the largest answers are those of openapi, of some megabytes. */
    private static final int LARGEST = 64 << 20;

    /** What to send. */
    record Body(String type, String content) {}

    static Call get(String what, String path) {
        return new Call(what, "GET", path, Optional.empty(), JSON, true, LIMIT, LARGEST);
    }

    static Call send(String what, String method, String path, String type, String content) {
        return new Call(what, method, path, Optional.of(new Body(type, content)), JSON, true, LIMIT, LARGEST);
    }

    Call accepting(String type) {
        return new Call(what, method, path, body, type, repeatable, limit, largest);
    }

    Call within(Duration time) {
        return new Call(what, method, path, body, accept, repeatable, time, largest);
    }

    Call atMost(int bytes) {
        return new Call(what, method, path, body, accept, repeatable, limit, bytes);
    }

    Call onlyOnce() {
        return new Call(what, method, path, body, accept, false, limit, largest);
    }
}
