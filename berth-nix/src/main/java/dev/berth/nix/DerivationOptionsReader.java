package dev.berth.nix;

import com.fasterxml.jackson.databind.JsonNode;
import dev.berth.nix.OutputChecks.Reference;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Reads the options of one derivation (libstore/derivation-options.cc). */
final class DerivationOptionsReader {
    private static final Pattern SPACES = Pattern.compile("[ \\t\\n\\r]+");
    private static final Pattern GRAPH_FILE = Pattern.compile("[A-Za-z_][A-Za-z0-9_.-]*");
    private static final int MAX_DEPTH = 64;

    private final StoreDir storeDir;
    private final Derivation derivation;
    private final Optional<JsonNode> attributes;
    private final Map<String, SingleDerivedPath> placeholders = new HashMap<>();

    DerivationOptionsReader(StoreDir storeDir, Derivation derivation) {
        this.storeDir = storeDir;
        this.derivation = derivation;
        this.attributes = Optional.ofNullable(derivation.env().get(Derivation.STRUCTURED_ATTRS))
                .map(text -> Json.object(Json.parse(text)));
        DerivationResolution.inputs(derivation).forEach(input -> placeholders.put(Placeholders.of(input), input));
    }

    DerivationOptions read() {
        try {
            return new DerivationOptions(
                    attributes
                            .<DerivationOptions.Checks>map(
                                    all -> new DerivationOptions.Checks.PerOutput(perOutput(all)))
                            .orElseGet(() -> new DerivationOptions.Checks.ForAll(forAll())),
                    discarded(),
                    attributes.isPresent() ? new TreeSet<>() : words("passAsFile"),
                    attributes.map(this::graphs).orElseGet(this::graphsOfVariable),
                    text("__sandboxProfile"),
                    flag("__noChroot", false),
                    words("__impureHostDeps"),
                    words("impureEnvVars"),
                    flag("__darwinAllowLocalNetworking", false),
                    words("requiredSystemFeatures"),
                    flag("preferLocalBuild", false),
                    flag("allowSubstitutes", true));
        } catch (FormatException e) {
            throw new FormatException(
                    "derivation '" + derivation.name() + "' has malformed options: " + e.getMessage(), e);
        }
    }

    private static Optional<JsonNode> attribute(JsonNode object, String name) {
        return Optional.ofNullable(object.get(name));
    }

    private Optional<String> variable(String name) {
        return Optional.ofNullable(derivation.env().get(name));
    }

    private String text(String name) {
        return attributes
                .map(all -> attribute(all, name).map(Json::string))
                .orElseGet(() -> variable(name))
                .orElse("");
    }

    private boolean flag(String name, boolean otherwise) {
        return attributes
                .map(all -> attribute(all, name).map(Json::bool))
                .orElseGet(() -> variable(name).map("1"::equals))
                .orElse(otherwise);
    }

    private NavigableSet<String> words(String name) {
        return optionalWords(name).orElseGet(TreeSet::new);
    }

    private Optional<NavigableSet<String>> optionalWords(String name) {
        return attributes
                .map(all -> attribute(all, name).map(value -> Json.list(value, Json::string)))
                .orElseGet(() -> variable(name).map(DerivationOptionsReader::split))
                .map(TreeSet::new);
    }

    private static List<String> split(String text) {
        return SPACES.splitAsStream(text).filter(word -> !word.isEmpty()).toList();
    }

    private NavigableMap<String, Boolean> discarded() {
        NavigableMap<String, Boolean> byOutput = new TreeMap<>();
        attributes
                .flatMap(all -> attribute(all, "unsafeDiscardReferences"))
                .ifPresent(all -> Json.members(all, each -> byOutput.put(each.getKey(), Json.bool(each.getValue()))));
        return byOutput;
    }

    private OutputChecks forAll() {
        return new OutputChecks(
                true,
                OptionalLong.empty(),
                OptionalLong.empty(),
                optionalWords("allowedReferences").map(this::references),
                references(words("disallowedReferences")),
                optionalWords("allowedRequisites").map(this::references),
                references(words("disallowedRequisites")));
    }

    private NavigableMap<String, OutputChecks> perOutput(JsonNode all) {
        NavigableMap<String, OutputChecks> checks = new TreeMap<>();
        attribute(all, "outputChecks")
                .ifPresent(outputs ->
                        Json.members(outputs, each -> checks.put(each.getKey(), checks(each.getValue()))));
        return checks;
    }

    private OutputChecks checks(JsonNode output) {
        return new OutputChecks(
                false,
                size(output, "maxSize"),
                size(output, "maxClosureSize"),
                named(output, "allowedReferences"),
                named(output, "disallowedReferences").orElseGet(TreeSet::new),
                named(output, "allowedRequisites"),
                named(output, "disallowedRequisites").orElseGet(TreeSet::new));
    }

    private static OptionalLong size(JsonNode output, String name) {
        return attribute(Json.object(output), name)
                .map(value -> OptionalLong.of(Json.unsigned(value)))
                .orElse(OptionalLong.empty());
    }

    private Optional<NavigableSet<Reference>> named(JsonNode output, String name) {
        return attribute(output, name).map(value -> references(new TreeSet<>(Json.list(value, Json::string))));
    }

    private NavigableSet<Reference> references(NavigableSet<String> texts) {
        return texts.stream().map(this::reference).collect(Collectors.toCollection(TreeSet::new));
    }

    private Reference reference(String text) {
        Optional<SingleDerivedPath> placeholder = placeholder(text);
        if (placeholder.isPresent()) {
            return new Reference.Input(placeholder.get());
        }
        // As Nix has it, whatever is no store path is an output's name, even if no output is called so.
        return storeDir.contains(text)
                ? new Reference.Input(SingleDerivedPath.of(storeDir.parse(text)))
                : new Reference.Own(text);
    }

    /** The output that a placeholder stands for, be it with a path below it. */
    private Optional<SingleDerivedPath> placeholder(String text) {
        int slash = text.indexOf('/', 1);
        return Optional.ofNullable(placeholders.get(slash < 0 ? text : text.substring(0, slash)));
    }

    private SingleDerivedPath path(String text) {
        return placeholder(text)
                .orElseGet(
                        () -> SingleDerivedPath.of(storeDir.parseSubPath(text).storePath()));
    }

    private NavigableMap<String, NavigableSet<SingleDerivedPath>> graphs(JsonNode all) {
        NavigableMap<String, NavigableSet<SingleDerivedPath>> graphs = new TreeMap<>();
        // As in Nix, one that is no object counts for nothing: nixpkgs once put a list there.
        attribute(all, "exportReferencesGraph")
                .filter(JsonNode::isObject)
                .ifPresent(files -> Json.members(files, each -> {
                    NavigableSet<SingleDerivedPath> paths = new TreeSet<>();
                    flatten(each.getValue(), paths, 0);
                    graphs.put(each.getKey(), paths);
                }));
        return graphs;
    }

    private void flatten(JsonNode value, NavigableSet<SingleDerivedPath> paths, int depth) {
        if (depth > MAX_DEPTH) {
            throw new FormatException("'exportReferencesGraph' nests deeper than " + MAX_DEPTH);
        }
        if (value.isArray()) {
            value.forEach(item -> flatten(item, paths, depth + 1));
        } else {
            paths.add(path(Json.string(value)));
        }
    }

    private NavigableMap<String, NavigableSet<SingleDerivedPath>> graphsOfVariable() {
        List<String> words = split(variable("exportReferencesGraph").orElse(""));
        if (words.size() % 2 != 0) {
            throw new FormatException("odd number of words in 'exportReferencesGraph'");
        }
        NavigableMap<String, NavigableSet<SingleDerivedPath>> graphs = new TreeMap<>();
        for (int i = 0; i < words.size(); i += 2) {
            if (!GRAPH_FILE.matcher(words.get(i)).matches()) {
                throw new FormatException(
                        "invalid file name " + FormatException.quote(words.get(i)) + " in 'exportReferencesGraph'");
            }
            NavigableSet<SingleDerivedPath> paths = new TreeSet<>();
            paths.add(path(words.get(i + 1)));
            graphs.put(words.get(i), paths);
        }
        return graphs;
    }
}
