package dev.berth.store.cache;

import java.io.IOException;
import java.util.Arrays;

/**
 * Where in S3 a cache is.
 *
 * @param bucket its name
 * @param prefix of all its keys: empty, or ending in a slash
 * @param server what to call the server in messages
 */
record S3Place(String bucket, String prefix, String server) {
    private static final int LONGEST_KEY = 1024;

    /** The key of a name that came from outside: it must lie in the cache. */
    String key(String name) throws IOException {
        String key = prefix + name;
        boolean inside = !name.contains("://")
                && Arrays.stream(name.split("/", -1))
                        .noneMatch(part -> part.isEmpty() || part.equals(".") || part.equals(".."));
        if (!inside || key.length() > LONGEST_KEY || key.chars().anyMatch(c -> c < ' ')) {
            throw new IOException("'" + name + "' is not in the cache");
        }
        return key;
    }

    /** What is done, and to what, for messages. */
    String describe(String doing, String name) {
        return doing + " s3://" + bucket + "/" + prefix + name + " at " + server;
    }
}
