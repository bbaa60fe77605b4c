package dev.berth.deploy.render;

import com.fasterxml.jackson.databind.JsonNode;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Makes Kubernetes objects of a file: {@code .nix} is evaluated by the real Nix, {@code .json} and {@code .yaml} are
 * read. The value is one object, a list of them, or an object of kind {@code List}; a Nix file may also be a module of
 * Berth's, or what {@code import ./nix} gives; a YAML file may have several documents.
 */
public final class Renderer {
    private static final int MAX_FILE = 16 << 20;
    /** How many paths that can't be had an error names. */
    private static final int NAMED = 5;
    /** What stands for an output of a content-addressed derivation before it is built (libstore/downstream-placeholder.cc). */
    private static final Pattern PLACEHOLDER = Pattern.compile("(?<![0-9A-Za-z])/[0-9a-df-np-sv-z]{52}(?![0-9a-z])");

    private final Nix nix;
    private final Function<Collection<StorePath>, Set<StorePath>> known;

    /**
     * @param nix asked for Nix files, and for paths that are not known
     * @param known gives those of the paths that are at hand already, so that Nix need not be asked for them
     */
    public Renderer(Nix nix, Function<Collection<StorePath>, Set<StorePath>> known) {
        this.nix = nix;
        this.known = known;
    }

    /** Whether the file is one for Nix. @throws RenderException if its name tells nothing */
    public static boolean isNix(Path file) {
        return Kind.of(file) == Kind.NIX;
    }

    /** As below, of a file, for every system. */
    public Rendered render(Path file, Consumer<List<KubeObject>> check) {
        return render(new ManifestSource.OfFile(file, ""), Set.of(), check);
    }

    /**
     * Renders. When it returns, every store path that the objects name is at hand or in Nix's store.
     *
     * @param systems of volumes that have packages by system, the systems that are wanted; the others are left out of the
     *     objects. All are wanted if it is empty
     * @param check told the objects before anything is built; what it throws ends the rendering
     * @throws RenderException if it can't be read or evaluated, is no manifest, or names a store path that nobody has
     */
    public Rendered render(ManifestSource source, Set<String> systems, Consumer<List<KubeObject>> check) {
        systems.stream().filter(system -> !Systems.isSystem(system)).findFirst().ifPresent(wrong -> {
            throw new RenderException("'" + wrong + "' is no system; one is x86_64-linux");
        });
        Read read = read(source, systems);
        List<KubeObject> objects = new ArrayList<>();
        for (int i = 0; i < read.values().size(); i++) {
            collect(
                    read.values().get(i),
                    read.values().size() == 1 ? source.shown() : source.shown() + ": document " + (i + 1),
                    objects,
                    0);
        }
        if (objects.isEmpty()) {
            throw new RenderException(source.shown() + ": no Kubernetes object in it");
        }
        if (!systems.isEmpty()) {
            objects.forEach(object -> Systems.keep(object.json(), systems, object.place() + ": "));
        }
        check.accept(List.copyOf(objects));
        Map<StorePath, String> mentions = mentions(objects);
        realise(read.context(), mentions, "cannot realise what " + source.shown() + " names");
        return new Rendered(objects, resolve(mentions), read.settings());
    }

    /**
     * What stands in a file or flake.
     *
     * @param context what Nix must realise
     */
    private record Read(List<JsonNode> values, List<String> context, DeploymentSettings settings) {
        /** What stands in a JSON file: also what the modules rendered, with their settings (deploymentScript). */
        static Read json(JsonNode value, Path file) {
            if (value.path("kind").asText().equals("RenderedManifest")
                    && value.path("apiVersion").asText().startsWith("berth.dev/")) {
                return new Read(
                        List.of(value.path("items")),
                        List.of(),
                        SettingsReader.read(value.path("deployment"), file + ": deployment"));
            }
            return plain(List.of(value));
        }

        static Read plain(List<JsonNode> values) {
            return new Read(values, List.of(), DeploymentSettings.NONE);
        }
    }

    private Read read(ManifestSource source, Set<String> systems) {
        if (source instanceof ManifestSource.OfFile(Path file, String attribute)) {
            Kind kind = Kind.of(file);
            if (!attribute.isEmpty() && kind != Kind.NIX) {
                throw new RenderException(file + ": only a .nix file has attributes, such as '" + attribute + "'");
            }
            String text = read(file);
            switch (kind) {
                case JSON -> {
                    return Read.json(Json.parse(file.toString(), text), file);
                }
                case YAML -> {
                    return Read.plain(Yaml.parse(file.toString(), text));
                }
                case NIX -> {} // by Nix itself
            }
        }
        Nix.Evaluation evaluation = nix.evaluate(source, systems);
        return new Read(List.of(evaluation.json()), evaluation.context(), evaluation.settings());
    }

    /** Has Nix build or fetch; of what can't be had it says which object names it. */
    private void realise(List<String> context, Map<StorePath, String> mentions, String otherwise) {
        if (context.isEmpty()) {
            return;
        }
        try {
            nix.realise(context, otherwise);
        } catch (RenderException e) {
            NavigableSet<StorePath> absent = nix.invalid(
                    mentions.keySet().stream().map(Renderer::withoutPunctuation).toList());
            List<String> named = mentions.entrySet().stream()
                    .filter(mention -> absent.contains(withoutPunctuation(mention.getKey())))
                    .map(mention -> mention.getValue() + " names " + StoreDir.DEFAULT.print(mention.getKey()))
                    .toList();
            if (named.isEmpty()) {
                throw e;
            }
            throw new RenderException(
                    String.join("; ", named.subList(0, Math.min(NAMED, named.size())))
                            + (named.size() > NAMED ? "; and " + (named.size() - NAMED) + " more" : "") + ": "
                            + e.getMessage(),
                    e);
        }
    }

    private enum Kind {
        NIX,
        JSON,
        YAML;

        static Kind of(Path file) {
            String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
            if (name.endsWith(".nix")) {
                return NIX;
            } else if (name.endsWith(".json")) {
                return JSON;
            } else if (name.endsWith(".yaml") || name.endsWith(".yml")) {
                return YAML;
            }
            throw new RenderException(file + ": its name ends in none of .nix, .json, .yaml, .yml");
        }
    }

    private static void collect(JsonNode value, String where, List<KubeObject> objects, int depth) {
        if (depth > 10) {
            throw new RenderException(where + ": lists of lists of lists");
        }
        JsonNode items = value.isArray() ? value : value.path("items");
        if (value.isArray() || (items.isArray() && value.path("kind").asText().endsWith("List"))) {
            for (int i = 0; i < items.size(); i++) {
                collect(items.get(i), where + ": item " + (i + 1), objects, depth + 1);
            }
        } else {
            objects.add(KubeObject.of(value, where));
        }
    }

    /** Which store paths stand in the texts, each with the first place. */
    private static Map<StorePath, String> mentions(List<KubeObject> objects) {
        Map<StorePath, String> mentions = new LinkedHashMap<>();
        for (KubeObject object : objects) {
            for (Mention mention : Mention.in(object.json(), StoreDir.DEFAULT, object.place() + ": ")) {
                mentions.putIfAbsent(mention.path(), mention.where());
            }
            refusePlaceholders(object);
        }
        return mentions;
    }

    /** Which of them there are; asks Nix for those that are not at hand. */
    private NavigableMap<StorePath, String> resolve(Map<StorePath, String> mentions) {
        NavigableMap<StorePath, String> named = new TreeMap<>();
        NavigableSet<StorePath> unknown = new TreeSet<>(mentions.keySet());
        unknown.removeAll(known.apply(mentions.keySet()));
        if (!unknown.isEmpty()) {
            unknown = nix.invalid(unknown);
        }
        for (var mention : mentions.entrySet()) {
            named.put(
                    unknown.contains(mention.getKey()) ? fetch(mention.getKey(), mention.getValue()) : mention.getKey(),
                    mention.getValue());
        }
        return named;
    }

    /** A path that was in nobody's string context: discarded, or typed by hand. */
    private StorePath fetch(StorePath path, String where) {
        StorePath shorter = withoutPunctuation(path);
        if (!shorter.equals(path)
                && (known.apply(Set.of(shorter)).contains(shorter)
                        || nix.invalid(Set.of(shorter)).isEmpty())) {
            return shorter;
        }
        String full = StoreDir.DEFAULT.print(path);
        nix.realise(List.of(full), where + " names " + full + ", which is not in Nix's store and cannot be fetched");
        return path;
    }

    private static StorePath withoutPunctuation(StorePath path) {
        String cut = path.baseName().replaceFirst("[.?=]+$", "");
        return cut.length() > StorePath.HASH_LENGTH + 1 ? new StorePath(cut) : path;
    }

    private static void refusePlaceholders(KubeObject object) {
        if (PLACEHOLDER.matcher(object.json().toString()).find()) {
            throw new RenderException(object.place()
                    + " names an output of a content-addressed derivation, whose path is not known before it is built:"
                    + " build it first and name its path");
        }
    }

    private static String read(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_FILE + 1);
            if (bytes.length > MAX_FILE) {
                throw new RenderException(file + ": larger than " + (MAX_FILE >> 20) + " MiB");
            }
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new RenderException(file + ": not UTF-8", e);
        } catch (NoSuchFileException e) {
            throw new RenderException(file + ": no such file", e);
        } catch (IOException e) {
            throw new RenderException(file + ": cannot be read: " + e.getMessage(), e);
        }
    }
}
