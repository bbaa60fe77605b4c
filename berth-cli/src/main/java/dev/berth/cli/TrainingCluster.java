package dev.berth.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * The part of the training that is about deployments: a file of ConfigMaps is deployed, looked at and deployed again, to a server
 * that knows as much of the Kubernetes API as that takes.
 */
final class TrainingCluster {
    private static final int OBJECTS = 200;
    private static final String MAPS = "/api/v1/namespaces/default/configmaps";
    private static final String KINDS = """
            {"kind": "APIResourceList", "groupVersion": "v1", "resources": [{"name": "configmaps", "kind": "ConfigMap",
             "namespaced": true, "verbs": ["create", "delete", "get", "list", "patch", "update", "watch"]}]}""";

    private final ObjectMapper json = new ObjectMapper();
    private final Map<String, ObjectNode> objects = new ConcurrentSkipListMap<>();

    private TrainingCluster() {}

    static void deploy(Path directory) throws IOException {
        TrainingCluster cluster = new TrainingCluster();
        Files.createDirectory(directory);
        TrainingKeys keys = TrainingKeys.make(directory.resolve("keys"));
        HttpsServer server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(keys.asksForCertificates());
        server.createContext("/", cluster::answer);
        server.start();
        try {
            Path config = Files.writeString(directory.resolve("kubeconfig"), """
                    {kind: Config, current-context: training, contexts: [{name: training, context: {cluster: training, user: training}}],
                     clusters: [{name: training, cluster: {server: 'https://127.0.0.1:%d', certificate-authority-data: %s}}],
                     users: [{name: training, user: {client-certificate-data: %2$s, client-key-data: %s}}]}
                    """.formatted(
                            server.getAddress().getPort(), keys.certificate(), keys.key()));
            Path manifest = Files.writeString(directory.resolve("manifest.yaml"), manifest());
            for (int time = 0; time < 4; time++) {
                Main.run("deploy", "--kubeconfig", config.toString(), "--yes", manifest.toString());
            }
            Main.run("diff", "--kubeconfig", config.toString(), manifest.toString());
        } finally {
            server.stop(0);
        }
    }

    private static String manifest() {
        StringBuilder text = new StringBuilder();
        for (int number = 0; number < OBJECTS; number++) {
            text.append("""
                    ---
                    apiVersion: v1
                    kind: ConfigMap
                    metadata:
                      name: training-%1$d
                      labels: {app: training, number: "%1$d"}
                    data:
                      settings: |
                        number = %1$d
                        name = "training"
                    """.formatted(number));
        }
        return text.toString();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            byte[] request = exchange.getRequestBody().readAllBytes();
            if (exchange.getRequestMethod().equals("PATCH")) {
                ObjectNode object = (ObjectNode) json.readTree(request);
                applied(object);
                objects.put(path, object);
            }
            String body = switch (path) {
                case "/api" -> "{\"kind\": \"APIVersions\", \"versions\": [\"v1\"]}";
                case "/apis" -> "{\"kind\": \"APIGroupList\", \"groups\": []}";
                case "/api/v1" -> KINDS;
                case MAPS -> list();
                default -> objects.containsKey(path) ? objects.get(path).toString() : "";
            };
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            if (bytes.length == 0) {
                exchange.sendResponseHeaders(404, -1);
            } else {
                exchange.getResponseHeaders().set("Content-Type", "application/json");
                exchange.sendResponseHeaders(200, bytes.length);
                exchange.getResponseBody().write(bytes);
            }
        }
    }

    private String list() {
        ObjectNode list = json.createObjectNode().put("kind", "ConfigMapList").put("apiVersion", "v1");
        list.putObject("metadata").put("resourceVersion", "1");
        list.putArray("items").addAll(objects.values());
        return list.toString();
    }

    /** Notes who applied what, as an API server does. */
    private void applied(ObjectNode object) {
        ObjectNode fields = json.createObjectNode();
        fields.set("f:data", names(object.path("data")));
        fields.putObject("f:metadata")
                .set("f:labels", names(object.path("metadata").path("labels")));
        ObjectNode metadata = (ObjectNode) object.path("metadata");
        metadata.put("uid", metadata.path("name").asText()).put("resourceVersion", "1");
        metadata.putArray("managedFields")
                .addObject()
                .put("manager", "berth")
                .put("operation", "Apply")
                .put("apiVersion", "v1")
                .put("fieldsType", "FieldsV1")
                .set("fieldsV1", fields);
    }

    private ObjectNode names(JsonNode of) {
        ObjectNode names = json.createObjectNode();
        of.fieldNames().forEachRemaining(name -> names.putObject("f:" + name));
        return names;
    }
}
