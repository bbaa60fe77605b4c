package dev.berth.kubernetes;

import static dev.berth.kubernetes.ClusterException.Kind.CONFIGURATION;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * One or more kubeconfig files, merged as client-go does it (tools/clientcmd/loader.go): the first file that says something wins,
 * and relative paths are relative to the file that has them.
 */
final class Kubeconfig {
    private static final int LARGEST_FILE = 4 << 20;

    /** A file's entry of a list, such as a cluster. */
    private record Entry(Path file, JsonNode value) {}

    private final List<Path> files;
    private final Map<String, Entry> contexts = new LinkedHashMap<>();
    private final Map<String, Entry> clusters = new LinkedHashMap<>();
    private final Map<String, Entry> users = new LinkedHashMap<>();
    private String currentContext = "";

    private Kubeconfig(List<Path> files) {
        this.files = files;
    }

    /**
     * Reads the files that exist; of none is asked that it is complete.
     *
     * @throws ClusterException if one can't be read, or is no kubeconfig
     */
    static Kubeconfig read(List<Path> files) throws ClusterException {
        List<Path> found = new ArrayList<>();
        Kubeconfig config = new Kubeconfig(found);
        for (Path file : files) {
            try {
                if (Files.size(file) > LARGEST_FILE) {
                    throw error(file, "is too large for a kubeconfig");
                }
                config.add(file, Files.readString(file));
                found.add(file);
            } catch (NoSuchFileException e) {
                // As in client-go, a file of the list may be absent
            } catch (ClusterException e) {
                throw e;
            } catch (IOException e) {
                throw new ClusterException(CONFIGURATION, file + ": can't be read: " + Text.line(e.getMessage()), e);
            }
        }
        return config;
    }

    boolean isEmpty() {
        return files.isEmpty();
    }

    private void add(Path file, String text) throws ClusterException {
        LoadSettings settings = LoadSettings.builder()
                .setLabel(file.toString())
                .setMaxAliasesForCollections(50)
                .build();
        JsonNode root;
        try {
            Object parsed = new Load(settings).loadFromString(text);
            root = parsed == null ? MissingNode.getInstance() : new ObjectMapper().valueToTree(parsed);
        } catch (YamlEngineException | IllegalArgumentException | StackOverflowError e) {
            throw new ClusterException(
                    CONFIGURATION, file + ": is not a kubeconfig: not YAML: " + Text.line(e.getMessage()), e);
        }
        if (!root.isMissingNode() && !root.isObject()) {
            throw error(file, "is not a kubeconfig: not a mapping");
        }
        if (root.has("kind") && !root.path("kind").asText().equals("Config")) {
            throw error(
                    file,
                    "is not a kubeconfig: its kind is "
                            + Text.line(root.path("kind").asText()));
        }
        entries(file, root, "contexts", "context", contexts);
        entries(file, root, "clusters", "cluster", clusters);
        entries(file, root, "users", "user", users);
        if (currentContext.isEmpty()) {
            currentContext = root.path("current-context").asText("");
        }
    }

    private static void entries(Path file, JsonNode root, String list, String field, Map<String, Entry> into)
            throws ClusterException {
        JsonNode entries = root.path(list);
        if (!entries.isArray() && !entries.isMissingNode() && !entries.isNull()) {
            throw error(file, list + " is not a list");
        }
        for (JsonNode entry : entries) {
            into.putIfAbsent(entry.path("name").asText(), new Entry(file, entry.path(field)));
        }
    }

    /**
     * What a context says.
     *
     * @param name the context; without one the current one
     * @throws ClusterException if it is not there, or says nothing that could be used
     */
    Access access(Optional<String> name) throws ClusterException {
        String context = name.orElse(currentContext);
        if (context.isEmpty()) {
            throw error(files.getFirst(), "has no current-context: name one by --context (" + known(contexts) + ")");
        }
        Entry chosen = find(contexts, "context", context, files.getFirst());
        String cluster = chosen.value().path("cluster").asText();
        String user = chosen.value().path("user").asText();
        Entry server = find(clusters, "cluster", cluster, chosen.file());
        Entry who = user.isEmpty()
                ? new Entry(chosen.file(), MissingNode.getInstance())
                : find(users, "user", user, chosen.file());
        Fields fields = new Fields(server.file(), "the cluster '" + cluster + "'", server.value());
        if (fields.text("tls-server-name").isPresent()) {
            throw fields.error("tls-server-name is not supported");
        }
        String namespace = chosen.value().path("namespace").asText("");
        return new Access(
                context,
                chosen.file().toString(),
                server(fields),
                namespace.isEmpty() ? "default" : namespace,
                fields.data("certificate-authority"),
                fields.flag("insecure-skip-tls-verify"),
                proxy(fields),
                Users.actingAs(new Fields(who.file(), "the user '" + user + "'", who.value())),
                Users.credentials(new Fields(who.file(), "the user '" + user + "'", who.value()), server.value()));
    }

    private static URI server(Fields cluster) throws ClusterException {
        String text = cluster.text("server").orElseThrow(() -> cluster.error("has no server"));
        try {
            URI uri = new URI(text.replaceAll("/+$", ""));
            String scheme = String.valueOf(uri.getScheme());
            if (uri.getHost() == null || !(scheme.equals("https") || scheme.equals("http"))) {
                throw cluster.error("its server is no http or https address: " + Text.line(text));
            }
            return uri;
        } catch (URISyntaxException e) {
            throw cluster.error("its server is not an address: " + Text.line(text));
        }
    }

    private static Optional<URI> proxy(Fields cluster) throws ClusterException {
        Optional<String> text = cluster.text("proxy-url");
        if (text.isEmpty()) {
            return Optional.empty();
        }
        try {
            URI uri = new URI(text.get());
            if (!"http".equals(uri.getScheme()) || uri.getHost() == null) {
                throw cluster.error("its proxy-url is not an http address, which is all that is supported: "
                        + Text.line(text.get()));
            }
            return Optional.of(uri);
        } catch (URISyntaxException e) {
            throw cluster.error("its proxy-url is not an address: " + Text.line(text.get()));
        }
    }

    private static Entry find(Map<String, Entry> entries, String what, String name, Path file) throws ClusterException {
        Entry entry = entries.get(name);
        if (entry == null) {
            throw error(file, "there is no " + what + " '" + Text.line(name) + "' (" + known(entries) + ")");
        }
        return entry;
    }

    private static String known(Map<String, Entry> entries) {
        List<String> names = entries.keySet().stream().limit(20).map(Text::line).toList();
        return names.isEmpty() ? "there is none at all" : "there are: " + String.join(", ", names);
    }

    private static ClusterException error(Path file, String what) {
        return new ClusterException(CONFIGURATION, file + ": " + what);
    }
}
