package dev.berth.gateway.ssh;

import dev.berth.gateway.Role;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.config.keys.PublicKeyEntryResolver;

/**
 * Who may log in: a file in the form of OpenSSH's authorized_keys (sshd(8)). A key's role stands in front of it as the option
 * {@code environment="BERTH_ROLE=admin"}, which sshd takes too. Other options are taken where they forbid what the gateway
 * never allows, and refused where ignoring them would allow more than the file says.
 */
final class AuthorizedKeys {
    /**
     * A key that may log in.
     *
     * @param name its comment, or its fingerprint if it has none
     */
    record Entry(Role role, String name) {}

    private static final int MAX_LINE = 64 << 10;
    private static final int MIN_RSA_BITS = 2048;
    private static final Set<String> ALWAYS_SO = Set.of(
            "restrict",
            "no-agent-forwarding",
            "no-port-forwarding",
            "no-pty",
            "no-user-rc",
            "no-x11-forwarding",
            "verify-required");
    private static final Pattern OPTION = Pattern.compile("([A-Za-z0-9-]+)(?:=\"((?:[^\"\\\\]|\\\\.)*)\")?(,| |\t)");
    private static final String ROLE = "BERTH_ROLE=";

    private final Map<String, Entry> entries;

    private AuthorizedKeys(Map<String, Entry> entries) {
        this.entries = Map.copyOf(entries);
    }

    /**
     * Reads a file's lines.
     *
     * @param usual the role of keys that name none
     * @throws IllegalArgumentException for the first line that can't be taken, naming it
     */
    static AuthorizedKeys parse(List<String> lines, Role usual) {
        Map<String, Entry> entries = new HashMap<>();
        for (int number = 1; number <= lines.size(); number++) {
            String line = lines.get(number - 1).strip();
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            try {
                addLine(entries, line, usual);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("line " + number + ": " + e.getMessage(), e);
            }
        }
        return new AuthorizedKeys(entries);
    }

    private static void addLine(Map<String, Entry> entries, String line, Role usual) {
        if (line.length() > MAX_LINE) {
            throw new IllegalArgumentException("longer than " + MAX_LINE + " characters");
        }
        Role role = usual;
        String key = line;
        if (!isKey(line)) {
            Matcher option = OPTION.matcher(line);
            int at = 0;
            boolean more = true;
            while (more) {
                if (!option.find(at) || option.start() != at) {
                    throw new IllegalArgumentException("neither a public key nor options in front of one");
                }
                role = option(option.group(1), option.group(2), role);
                more = option.group(3).equals(",");
                at = option.end();
            }
            key = line.substring(at).strip();
        }
        PublicKey parsed = key(key);
        String[] words = key.split("[ \t]+", 3);
        String name = words.length == 3 ? words[2] : KeyUtils.getFingerPrint(parsed);
        Entry before = entries.putIfAbsent(PublicKeyEntry.toString(parsed), new Entry(role, name));
        if (before != null && before.role() != role) {
            throw new IllegalArgumentException(
                    "this key has two roles: " + before.role() + " further above, and " + role);
        }
    }

    private static boolean isKey(String line) {
        return KeyUtils.getPublicKeyEntryDecoder(line.split("[ \t]", 2)[0]) != null;
    }

    private static Role option(String name, String value, Role role) {
        String lower = name.toLowerCase(java.util.Locale.ROOT);
        if (value == null && ALWAYS_SO.contains(lower)) {
            return role;
        }
        if (lower.equals("environment") && value != null) {
            // Other variables are for programs, and none is run here.
            return value.startsWith(ROLE) ? Role.parse(value.substring(ROLE.length())) : role;
        }
        throw new IllegalArgumentException("the option '" + name
                + "' is not known here, and ignoring it could let in more than it does; known are environment=\"BERTH_ROLE=…\" and "
                + String.join(", ", ALWAYS_SO.stream().sorted().toList()));
    }

    private static PublicKey key(String text) {
        try {
            PublicKeyEntry entry = PublicKeyEntry.parsePublicKeyEntry(text);
            PublicKey key =
                    entry == null ? null : entry.resolvePublicKey(null, Map.of(), PublicKeyEntryResolver.FAILING);
            if (key == null) {
                throw new IllegalArgumentException("no public key");
            }
            if (key instanceof RSAPublicKey rsa && rsa.getModulus().bitLength() < MIN_RSA_BITS) {
                throw new IllegalArgumentException("an RSA key with less than " + MIN_RSA_BITS + " bits");
            }
            return key;
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalArgumentException("no public key: " + e.getMessage(), e);
        }
    }

    /** The entry of a key, if it may log in. */
    Optional<Entry> find(PublicKey key) {
        return Optional.ofNullable(entries.get(PublicKeyEntry.toString(key)));
    }

    /** How many keys there are. */
    int size() {
        return entries.size();
    }
}
