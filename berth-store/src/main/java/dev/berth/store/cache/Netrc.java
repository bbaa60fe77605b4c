package dev.berth.store.cache;

import dev.berth.store.StoreException;
import dev.berth.store.StoreException.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A file of passwords for hosts, read as curl reads it, and so Nix ({@code netrc-file}): words between blanks, quotes
 * around words with blanks, {@code #} in front of comments; {@code machine} or {@code default}, then {@code login} and
 * {@code password}; {@code macdef} up to an empty line is passed over. The first entry that fits counts.
 */
final class Netrc {
    private static final long MAX_SIZE = 1 << 20;

    private final List<Entry> entries;

    /** @param host empty for the default */
    private record Entry(Optional<String> host, Optional<String> login, Optional<String> password) {}

    private Netrc(List<Entry> entries) {
        this.entries = entries;
    }

    /**
     * Reads a file; one that is not there is empty.
     *
     * @throws StoreException of kind {@code REFUSED} if it cannot be read or is no such file
     */
    static Netrc read(Path file) {
        try {
            if (Files.size(file) > MAX_SIZE) {
                throw new StoreException(Kind.REFUSED, "netrc file " + file + " is longer than " + MAX_SIZE + " bytes");
            }
            return parse(new String(Files.readAllBytes(file), StandardCharsets.UTF_8));
        } catch (NoSuchFileException e) {
            return new Netrc(List.of());
        } catch (IOException e) {
            throw new StoreException(Kind.REFUSED, "cannot read the netrc file " + file, e);
        }
    }

    static Netrc parse(String text) {
        List<Entry> entries = new ArrayList<>();
        List<String> words = words(text);
        for (int i = 0; i < words.size(); i++) {
            boolean machine = words.get(i).equals("machine");
            if (!machine && !words.get(i).equals("default")) {
                continue;
            }
            Optional<String> host = machine ? word(words, ++i) : Optional.empty();
            Optional<String> login = Optional.empty();
            Optional<String> password = Optional.empty();
            for (; i + 2 < words.size() && isField(words.get(i + 1)); i += 2) {
                switch (words.get(i + 1)) {
                    case "login" -> login = word(words, i + 2);
                    case "password" -> password = word(words, i + 2);
                    default -> {
                        // An account, which HTTP has not.
                    }
                }
            }
            if (!machine || host.isPresent()) {
                entries.add(new Entry(host, login, password));
            }
        }
        return new Netrc(List.copyOf(entries));
    }

    private static boolean isField(String word) {
        return word.equals("login") || word.equals("password") || word.equals("account");
    }

    private static Optional<String> word(List<String> words, int index) {
        return index < words.size() ? Optional.of(words.get(index)) : Optional.empty();
    }

    private static List<String> words(String text) {
        List<String> words = new ArrayList<>();
        boolean macro = false;
        for (String line : text.lines().toList()) {
            macro = macro && !line.isBlank();
            if (!macro) {
                List<String> inLine = new ArrayList<>();
                wordsOf(line, inLine);
                int definition = inLine.indexOf("macdef");
                macro = definition >= 0;
                words.addAll(macro ? inLine.subList(0, definition) : inLine);
            }
        }
        return words;
    }

    private static void wordsOf(String line, List<String> words) {
        int i = 0;
        while (i < line.length()) {
            char c = line.charAt(i);
            if (Character.isWhitespace(c)) {
                i++;
            } else if (c == '#') {
                return;
            } else {
                StringBuilder word = new StringBuilder();
                i = c == '"' ? quoted(line, i + 1, word) : plain(line, i, word);
                words.add(word.toString());
            }
        }
    }

    private static int plain(String line, int from, StringBuilder word) {
        int i = from;
        while (i < line.length() && !Character.isWhitespace(line.charAt(i))) {
            word.append(line.charAt(i++));
        }
        return i;
    }

    private static int quoted(String line, int from, StringBuilder word) {
        int i = from;
        while (i < line.length() && line.charAt(i) != '"') {
            char c = line.charAt(i++);
            if (c == '\\' && i < line.length()) {
                char escaped = line.charAt(i++);
                word.append(
                        switch (escaped) {
                            case 'n' -> '\n';
                            case 'r' -> '\r';
                            case 't' -> '\t';
                            default -> escaped;
                        });
            } else {
                word.append(c);
            }
        }
        return i + 1;
    }

    /**
     * What to say to a host.
     *
     * @param user whose password it must be, if it is known
     */
    Optional<Credentials> of(String host, Optional<String> user) {
        return entries.stream()
                .filter(entry -> entry.host().map(host::equalsIgnoreCase).orElse(true))
                .filter(entry -> user.isEmpty()
                        || entry.login().isEmpty()
                        || entry.login().equals(user))
                .findFirst()
                .filter(entry -> entry.password().isPresent())
                .map(entry -> new Credentials(
                        user.or(entry::login).orElse(""), entry.password().orElse("")));
    }
}
