package dev.berth.store.cache;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** A user and a password, as HTTP's Basic scheme takes them (RFC 7617). */
record Credentials(String user, String password) {
    /** The value of the header {@code Authorization}. */
    String header() {
        byte[] plain = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
        return "Basic " + Base64.getEncoder().encodeToString(plain);
    }

    /** Without the password. */
    @Override
    public String toString() {
        return "Credentials[" + user + "]";
    }
}
