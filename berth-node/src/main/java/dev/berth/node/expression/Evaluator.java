package dev.berth.node.expression;

import dev.berth.nix.FormatException;
import dev.berth.nix.PublicKey;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.node.expression.ExpressionException.Kind;
import dev.berth.store.nix.ChrootStore;
import dev.berth.store.nix.Confinement;
import dev.berth.store.nix.NixException;
import dev.berth.store.nix.NixMessages;
import dev.berth.store.nix.NixProcess;
import dev.berth.store.nix.View;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Has a real Nix evaluate and build expressions, each run of it with bounds, and nothing left of it afterwards. */
public final class Evaluator {
    /** What {@code nix build --json} prints of a thousand outputs. */
    private static final int MAX_OUTPUT = 256 << 10;
    /** Below what the kernel takes as one argument of a program (MAX_ARG_STRLEN). */
    private static final int MAX_BYTES = 100 << 10;

    private static final int TOLD_LINES = 3;
    private static final int SHOWN = 120;

    /** Printable ASCII without blanks, and nothing that Nix would take for an option or relative to where it runs. */
    private static final Pattern FLAKE_REF = Pattern.compile("[!-,/-~][!-~]*");

    /** A line of a builder's log. */
    private static final Pattern LOG_LINE = Pattern.compile("[^ >]+> .*");

    private static final Pattern ADVICE = Pattern.compile("\\s*(For full logs, run:?\\s.*|\\(use '--show-trace'.*)$");
    private static final Pattern TEXT_OF_NIX = Pattern.compile("«string»|\\(string\\)|«stdin»");
    /** What of the agent's environment Nix is told; the rest may be secret. */
    private static final Pattern ENVIRONMENT = Pattern.compile(
            "PATH|LANG|LC_ALL|LOCALE_ARCHIVE|TZDIR|SSL_CERT_FILE|NIX_(CONF_DIR|USER_CONF_FILES|PATH|SSL_CERT_FILE|SSHOPTS)"
                    + "|NIXPKGS_[A-Z_]+|(?i:https?_proxy|all_proxy|no_proxy)");

    /** Where the visible files are shown: nowhere that holds any of them. */
    private static final Path VIEW = Path.of("/sys");

    private final ExpressionConfig config;
    private final Place place;

    /**
     * Where it works.
     *
     * @param root of the node's store
     * @param storeDir of the node's store
     * @param directory for what Nix keeps, made if needed
     * @param substituters that Nix may fetch from as well
     * @param keys whose signatures are good
     */
    public record Place(
            Path root, StoreDir storeDir, Path directory, List<String> substituters, Collection<PublicKey> keys) {
        /** Where results are linked from. */
        public Path results() {
            return directory.resolve("results");
        }

        /** Where the directories are that builders run in. */
        public Path temporary() {
            return directory.resolve("tmp");
        }
    }

    /**
     * What an expression came to. Until it is closed, it is kept from garbage collection, if it is in the node's store.
     *
     * @param paths at least one, the main output first
     * @param directory of the links that are the garbage collector's roots
     */
    public record Result(List<StorePath> paths, Path directory) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            try (var links = Files.newDirectoryStream(directory)) {
                for (Path link : links) {
                    Files.delete(link);
                }
            }
            Files.delete(directory);
        }
    }

    /**
     * Checks that expressions can be evaluated here, without doing it.
     *
     * @throws ExpressionException IMPOSSIBLE if a program is missing
     * @throws IOException if its directories can't be made
     */
    public Evaluator(ExpressionConfig config, Place place) throws IOException {
        this.config = config;
        this.place = place;
        for (Path made :
                List.of(place.results(), place.temporary(), place.root().resolve("nix/var/log/nix"))) {
            Files.createDirectories(made);
        }
        confinement(program(), Map.of(), List.of());
    }

    /** Nix, without links, as what they lie in may not be visible. That it is not there is said when it is run. */
    private Path program() throws IOException {
        Path path = Path.of(
                config.nix().contains("/")
                        ? config.nix()
                        : Confinement.find(config.nix()).orElse(config.nix()));
        return Files.exists(path) ? path.toRealPath() : path;
    }

    /** @throws ExpressionException IMPOSSIBLE if a program for it is missing */
    private Confinement confinement(Path program, Map<String, String> environment, List<Path> own) {
        try {
            return Confinement.namespaced(
                    config.memory(),
                    config.impure()
                            ? Optional.empty()
                            : Optional.of(new View(VIEW, VisibleFiles.of(config, place, program, environment, own))));
        } catch (NixException e) {
            throw new ExpressionException(Kind.IMPOSSIBLE, "cannot evaluate expressions: " + e.getMessage(), e);
        }
    }

    /**
     * Evaluates and builds. Runs on a platform thread, whose interrupt ends it.
     *
     * @param home where Nix keeps what it may need again
     * @param temporary where builders run, for nobody else; when Nix was killed, what they had is left there
     * @param progress told what Nix says, line by line
     * @throws ExpressionException of any kind
     */
    public Result run(Expression expression, Path home, Path temporary, Consumer<String> progress) {
        List<String> target = target(expression);
        try {
            Path directory = Files.createTempDirectory(place.results(), "");
            boolean done = false;
            try {
                NixSettings settings = NixSettings.of(config, place, temporary);
                Map<String, String> environment = environment(home, temporary);
                Path program = program();
                NixProcess nix = new NixProcess(
                        command(program, settings, target, directory),
                        confinement(program, environment, List.of(home, temporary, directory)),
                        Optional.of(environment),
                        settings.lines(),
                        config.limit(),
                        MAX_OUTPUT,
                        progress);
                Result result = new Result(build(expression, nix), directory);
                done = true;
                return result;
            } finally {
                if (!done) {
                    new Result(List.of(), directory).close();
                }
            }
        } catch (IOException e) {
            throw new ExpressionException(Kind.IMPOSSIBLE, told(expression, String.valueOf(e.getMessage())), e);
        }
    }

    private List<StorePath> build(Expression expression, NixProcess nix) {
        String printed;
        try {
            printed = nix.run();
        } catch (NixException e) {
            throw failure(expression, e);
        }
        List<StorePath> paths;
        try {
            paths = BuildResults.paths(place.storeDir(), printed);
        } catch (IOException e) {
            throw new ExpressionException(
                    Kind.IMPOSSIBLE, told(expression, "cannot read what Nix printed: " + e.getMessage()), e);
        }
        if (paths.isEmpty()) {
            throw new ExpressionException(
                    Kind.WRONG, told(expression, "there is nothing to build: it must come to a derivation"));
        }
        return paths;
    }

    private List<String> command(Path program, NixSettings settings, List<String> target, Path directory) {
        List<String> line = new ArrayList<>(List.of(
                program.toString(),
                "--extra-experimental-features",
                "nix-command flakes",
                "build",
                "--json",
                "--print-build-logs"));
        if (config.builder().isPresent()) {
            line.addAll(List.of("--store", config.builder().get(), "--eval-store", ChrootStore.uri(place.root())));
            line.add("--no-link");
        } else {
            line.addAll(ChrootStore.options(place.root()));
            line.addAll(List.of("--out-link", directory.resolve("result").toString()));
        }
        line.addAll(settings.options());
        if (config.impure()) {
            line.add("--impure");
        }
        line.addAll(List.of("--no-write-lock-file"));
        line.addAll(target);
        return line;
    }

    private static Map<String, String> environment(Path home, Path temporary) {
        Map<String, String> environment = System.getenv().entrySet().stream()
                .filter(entry -> ENVIRONMENT.matcher(entry.getKey()).matches())
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
        environment.put("HOME", home.toString());
        environment.put("XDG_CACHE_HOME", home.resolve("cache").toString());
        environment.put("TMPDIR", temporary.toString());
        // The first of these files is the strongest (nix.conf(5)). A pipe, which can be read once.
        environment.merge("NIX_USER_CONF_FILES", NixProcess.INPUT, (more, own) -> own + ":" + more);
        return environment;
    }

    private static List<String> target(Expression expression) {
        String text = expression.text();
        switch (expression) {
            case Expression.FlakeRef _ -> {
                if (!FLAKE_REF.matcher(text).matches()) {
                    throw wrong(
                            expression,
                            "not a flake reference: give a URL such as github:NixOS/nixpkgs#hello, without blanks and not"
                                    + " relative");
                }
                return List.of(text);
            }
            case Expression.NixExpr _ -> {
                // The JDK would put question marks in the place of what the locale has no bytes for.
                Charset charset = Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));
                if (text.indexOf(0) >= 0 || !charset.newEncoder().canEncode(text)) {
                    throw wrong(
                            expression,
                            "it has characters that can't be passed on under the agent's locale (" + charset
                                    + "): run the agent with LC_ALL=C.UTF-8");
                }
                if (text.getBytes(charset).length > MAX_BYTES) {
                    throw wrong(expression, "it has more than " + MAX_BYTES + " bytes");
                }
                return List.of("--expr", text);
            }
        }
    }

    private static ExpressionException wrong(Expression expression, String why) {
        return new ExpressionException(Kind.WRONG, told(expression, why));
    }

    private static ExpressionException failure(Expression expression, NixException e) {
        return switch (e.kind()) {
            case ABSENT -> new ExpressionException(Kind.IMPOSSIBLE, told(expression, e.getMessage()), e);
            case INTERRUPTED -> new ExpressionException(Kind.INTERRUPTED, told(expression, "interrupted"), e);
            case OUTPUT -> new ExpressionException(Kind.WRONG, told(expression, e.getMessage()), e);
            case TIMEOUT ->
                new ExpressionException(Kind.TIMEOUT, told(expression, e.getMessage() + lastWords(e.said())), e);
            case FAILED -> {
                List<String> lines = e.said().stream()
                        .map(line -> TEXT_OF_NIX.matcher(line).replaceAll(expression.attribute()))
                        .map(line -> ADVICE.matcher(line).replaceAll(""))
                        .toList();
                String why = NixMessages.condense(lines).strip();
                List<String> log = e.said().stream()
                        .filter(line -> LOG_LINE.matcher(line).matches())
                        .toList();
                yield new ExpressionException(
                        Kind.WRONG, told(expression, (why.isEmpty() ? e.getMessage() : why) + lastWords(log)), e);
            }
        };
    }

    private static String lastWords(List<String> said) {
        List<String> lines =
                said.stream().filter(line -> !NixMessages.isNoise(line)).toList();
        return lines.isEmpty()
                ? ""
                : "; its last words: "
                        + String.join(" | ", lines.subList(Math.max(0, lines.size() - TOLD_LINES), lines.size()));
    }

    private static String told(Expression expression, String why) {
        String text = NixMessages.plain(expression.text()).strip();
        String shown = text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
        return "cannot build " + expression.attribute() + " " + FormatException.quote(shown) + ": " + why;
    }
}
