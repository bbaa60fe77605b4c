package dev.berth.run;

import dev.berth.deploy.render.KubeObject;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The ConfigMaps and Secrets of a file. */
final class Configuration {
    static final String CONFIG_MAP = "ConfigMap";
    static final String SECRET = "Secret";

    private record Key(String kind, String namespace, String name) {}

    private final Map<Key, Map<String, byte[]>> objects = new LinkedHashMap<>();

    /** Of the objects of other kinds no notice is taken. */
    Configuration(List<KubeObject> all) {
        for (KubeObject object : all) {
            Fields fields = new Fields(object.json(), object.label() + ": ");
            Map<String, byte[]> data = new LinkedHashMap<>();
            switch (object.kind()) {
                case CONFIG_MAP -> {
                    fields.textMap("data").forEach((key, text) -> data.put(key, utf8(text)));
                    fields.textMap("binaryData").forEach((key, text) -> data.put(key, base64(text, fields, key)));
                }
                case SECRET -> {
                    fields.textMap("data").forEach((key, text) -> data.put(key, base64(text, fields, key)));
                    fields.textMap("stringData").forEach((key, text) -> data.put(key, utf8(text)));
                }
                default -> {
                    continue;
                }
            }
            for (String key : data.keySet()) {
                if (!key.matches("[-._a-zA-Z0-9]{1,253}") || key.equals(".") || key.startsWith("..")) {
                    throw RunException.failed(object.label() + ": '" + key + "' is not a key that Kubernetes takes");
                }
            }
            objects.put(new Key(object.kind(), object.namespace(), object.name()), data);
        }
    }

    /** The data of an object, by its keys. */
    Optional<Map<String, byte[]>> find(String kind, String namespace, String name) {
        return Optional.ofNullable(objects.get(new Key(kind, namespace, name)));
    }

    /** @throws RunException if it is not in the file and not optional, saying who wants it */
    Map<String, byte[]> get(String kind, String namespace, String name, boolean optional, String where) {
        return find(kind, namespace, name).orElseGet(() -> {
            if (optional) {
                return Map.of();
            }
            throw RunException.failed(where + " needs the " + kind + " '" + name + "' of namespace '" + namespace
                    + "', which is not in the file: add it there");
        });
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] base64(String text, Fields fields, String key) {
        try {
            return Base64.getDecoder().decode(text.replaceAll("[\r\n]", ""));
        } catch (IllegalArgumentException e) {
            throw RunException.failed(fields.where() + key + " is not base-64: " + e.getMessage(), e);
        }
    }
}
