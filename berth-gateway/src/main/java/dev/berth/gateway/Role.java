package dev.berth.gateway;

import java.util.Locale;

/** What a client may do. */
public enum Role {
    /** Reads what is there: may neither add nor delete. */
    READER,
    /** What Nix lets an allowed user do: what it adds must be content-addressed or signed by a trusted key. */
    WRITER,
    /** Everything, as one of Nix's trusted users. */
    ADMIN;

    /** Whether a session of this role is told that it is trusted. */
    public boolean trusted() {
        return this == ADMIN;
    }

    /**
     * Reads a role's name, in lower case.
     *
     * @throws IllegalArgumentException for another word, in a line that names the three
     */
    public static Role parse(String text) {
        for (Role role : values()) {
            if (role.toString().equals(text)) {
                return role;
            }
        }
        throw new IllegalArgumentException("'" + text + "' is no role: choose reader, writer or admin");
    }

    /** The name in configurations. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
