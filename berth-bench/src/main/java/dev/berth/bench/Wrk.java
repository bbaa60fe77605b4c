package dev.berth.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What {@code wrk} measured.
 *
 * @param requests a second
 * @param bytes a second
 * @param p99 latency in milliseconds
 * @param errors answers that were no success, and connections that failed
 */
record Wrk(double requests, double bytes, double p99, long errors) {
    private static final Pattern REQUESTS = Pattern.compile("Requests/sec:\\s+([0-9.]+)");
    private static final Pattern BYTES = Pattern.compile("Transfer/sec:\\s+([0-9.]+)([KMG]?)B");
    private static final Pattern P99 = Pattern.compile("99%\\s+([0-9.]+)(us|ms|s|m)");
    private static final Pattern WRONG = Pattern.compile("Non-2xx or 3xx responses: ([0-9]+)");
    private static final Pattern BROKEN =
            Pattern.compile("Socket errors: connect ([0-9]+), read ([0-9]+), write ([0-9]+), timeout ([0-9]+)");

    /** Asks a server for paths in turn, by so many connections for so many seconds. */
    static Wrk run(Path directory, String server, List<String> paths, int connections, int seconds)
            throws IOException, InterruptedException {
        Path script = Files.createTempFile(directory, "wrk", ".lua");
        Files.writeString(
                script,
                "local paths = {\n"
                        + paths.stream().map(path -> "\"" + path + "\"").collect(Collectors.joining(",\n"))
                        + "\n}\nlocal at = 0\nlocal made = {}\n"
                        + "function init() for i, p in ipairs(paths) do made[i] = wrk.format(\"GET\", p) end end\n"
                        + "function request() at = at % #made + 1; return made[at] end\n");
        String said = Program.of(
                        "wrk",
                        "--threads",
                        connections == 1 ? "1" : "2",
                        "--connections",
                        Integer.toString(connections),
                        "--duration",
                        seconds + "s",
                        "--timeout",
                        "60s",
                        "--latency",
                        "--script",
                        script.toString(),
                        server)
                .output();
        return parse(said);
    }

    static Wrk parse(String said) throws IOException {
        Matcher bytes = find(BYTES, said);
        double scale = switch (group(bytes, 2)) {
            case "K" -> 1L << 10;
            case "M" -> 1L << 20;
            case "G" -> 1L << 30;
            default -> 1;
        };
        Matcher p99 = find(P99, said);
        double millis = switch (group(p99, 2)) {
            case "us" -> 1e-3;
            case "ms" -> 1;
            case "s" -> 1e3;
            default -> 6e4;
        };
        long errors = 0;
        Matcher wrong = WRONG.matcher(said);
        if (wrong.find()) {
            errors += Long.parseLong(group(wrong, 1));
        }
        Matcher broken = BROKEN.matcher(said);
        if (broken.find()) {
            for (int i = 1; i <= 4; i++) {
                errors += Long.parseLong(group(broken, i));
            }
        }
        return new Wrk(
                Double.parseDouble(group(find(REQUESTS, said), 1)),
                Double.parseDouble(group(bytes, 1)) * scale,
                Double.parseDouble(group(p99, 1)) * millis,
                errors);
    }

    private static Matcher find(Pattern pattern, String said) throws IOException {
        Matcher matcher = pattern.matcher(said);
        if (!matcher.find()) {
            throw new IOException("wrk did not say what was expected: " + said);
        }
        return matcher;
    }

    private static String group(Matcher matcher, int number) {
        return String.valueOf(matcher.group(number));
    }

    String printRequests() {
        return String.format(Locale.ROOT, "%,.0f/s, p99 %.1f ms", requests, p99) + printErrors();
    }

    String printBytes() {
        return String.format(Locale.ROOT, "%,.0f MB/s", bytes / 1e6) + printErrors();
    }

    private String printErrors() {
        return errors == 0 ? "" : ", " + errors + " errors";
    }
}
