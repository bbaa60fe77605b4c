package dev.berth.store.cache;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The servers that {@code attic login} noted in {@code ~/.config/attic/config.toml} (client/src/config.rs of zhaofengli/attic).
 * Of TOML this reads what attic writes: sections and strings.
 *
 * @param servers by name
 */
record AtticConfig(Map<String, Server> servers) {
    private static final int MOST = 1 << 20;
    private static final Pattern SECTION = Pattern.compile("\\[\\s*servers\\s*\\.\\s*\"?([A-Za-z0-9_+-]+)\"?\\s*\\]");
    private static final Pattern ENTRY =
            Pattern.compile("([A-Za-z0-9_-]+)\\s*=\\s*(?:\"((?:[^\"\\\\]|\\\\[\"\\\\])*)\"|'([^']*)')\\s*(?:#.*)?");

    AtticConfig {
        servers = Map.copyOf(servers);
    }

    /**
     * One server.
     *
     * @param endpoint its URL
     * @param token what it knows its user by
     * @param tokenFile where that stands otherwise
     */
    record Server(String endpoint, Optional<String> token, Optional<Path> tokenFile) {
        /** Without the token. */
        @Override
        public String toString() {
            return "Server[" + endpoint + "]";
        }
    }

    /** @param file one that is not there holds nothing */
    static AtticConfig read(Path file) throws IOException {
        try {
            if (Files.size(file) > MOST) {
                throw new IOException(file + " is larger than " + MOST + " bytes");
            }
            return parse(Files.readString(file));
        } catch (NoSuchFileException e) {
            return new AtticConfig(Map.of());
        }
    }

    static AtticConfig parse(String text) {
        Map<String, Map<String, String>> sections = new LinkedHashMap<>();
        Map<String, String> current = new LinkedHashMap<>();
        for (String line : text.lines().map(String::strip).toList()) {
            if (line.startsWith("[")) {
                Matcher section = SECTION.matcher(line.replaceFirst("\\s*#.*$", ""));
                current = section.matches()
                        ? sections.computeIfAbsent(String.valueOf(section.group(1)), _ -> new LinkedHashMap<>())
                        : new LinkedHashMap<>();
                continue;
            }
            Matcher entry = ENTRY.matcher(line);
            if (entry.matches()) {
                String basic = entry.group(2);
                String value =
                        basic == null ? String.valueOf(entry.group(3)) : basic.replaceAll("\\\\([\"\\\\])", "$1");
                current.put(String.valueOf(entry.group(1)), value);
            }
        }
        Map<String, Server> servers = new LinkedHashMap<>();
        sections.forEach((name, values) -> Optional.ofNullable(values.get("endpoint"))
                .ifPresent(endpoint -> servers.put(
                        name,
                        new Server(
                                endpoint,
                                Optional.ofNullable(values.get("token")),
                                Optional.ofNullable(values.get("token-file")).map(Path::of)))));
        return new AtticConfig(servers);
    }
}
