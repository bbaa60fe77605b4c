package dev.berth.run;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Works out the environment of a container: {@code envFrom}, then {@code env} in its order. */
final class Environment {
    /** What container runtimes set where an image says nothing. */
    static final String PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private final Configuration configuration;
    private final PodIdentity pod;

    Environment(Configuration configuration, PodIdentity pod) {
        this.configuration = configuration;
        this.pod = pod;
    }

    /** The variables that the container asks for and those that every container has. */
    Map<String, String> of(Fields container, Ignored ignored) {
        Map<String, String> variables = new LinkedHashMap<>();
        for (Fields from : container.objects("envFrom")) {
            from(from, variables);
        }
        for (Fields variable : container.objects("env")) {
            String name = variable.required("name");
            if (name.indexOf('=') >= 0) {
                throw RunException.failed(variable.at("name") + ": '" + name + "' contains '='");
            }
            value(variable, variables, ignored).ifPresent(value -> variables.put(name, value));
        }
        Map<String, String> all = new LinkedHashMap<>();
        all.put("PATH", PATH);
        all.put("HOSTNAME", pod.name());
        all.put("HOME", "/");
        all.putAll(variables);
        return all;
    }

    private void from(Fields from, Map<String, String> variables) {
        String prefix = from.text("prefix").orElse("");
        Fields map = from.object("configMapRef");
        Fields secret = from.object("secretRef");
        boolean isMap = from.has("configMapRef");
        if (isMap == from.has("secretRef")) {
            throw RunException.failed(from.where() + " has neither configMapRef nor secretRef, or both");
        }
        Fields reference = isMap ? map : secret;
        String kind = isMap ? Configuration.CONFIG_MAP : Configuration.SECRET;
        configuration
                .get(kind, pod.namespace(), reference.required("name"), reference.flag("optional"), reference.where())
                .forEach((key, bytes) -> variables.put(prefix + key, text(bytes, reference.where(), key)));
    }

    private Optional<String> value(Fields variable, Map<String, String> earlier, Ignored ignored) {
        if (!variable.has("valueFrom")) {
            return Optional.of(Expansion.expand(variable.text("value").orElse(""), earlier));
        }
        if (variable.text("value").filter(value -> !value.isEmpty()).isPresent()) {
            throw RunException.failed(variable.where() + " has both value and valueFrom");
        }
        Fields source = variable.object("valueFrom");
        if (source.has("fieldRef")) {
            Fields field = source.object("fieldRef");
            return Optional.of(pod.field(field.required("fieldPath"), field.at("fieldPath")));
        }
        if (source.has("configMapKeyRef")) {
            return key(source.object("configMapKeyRef"), Configuration.CONFIG_MAP);
        }
        if (source.has("secretKeyRef")) {
            return key(source.object("secretKeyRef"), Configuration.SECRET);
        }
        if (source.has("resourceFieldRef")) {
            ignored.add("env.valueFrom.resourceFieldRef");
            return Optional.empty();
        }
        throw RunException.failed(
                source.where() + " names no source that berth run knows: fieldRef, configMapKeyRef," + " secretKeyRef");
    }

    private Optional<String> key(Fields reference, String kind) {
        boolean optional = reference.flag("optional");
        String name = reference.required("name");
        String key = reference.required("key");
        byte[] bytes = configuration
                .get(kind, pod.namespace(), name, optional, reference.where())
                .get(key);
        if (bytes == null && !optional) {
            throw RunException.failed(reference.where() + " needs the key '" + key + "', which the " + kind + " '"
                    + name + "' does not have");
        }
        return Optional.ofNullable(bytes).map(value -> text(value, reference.where(), key));
    }

    private static String text(byte[] bytes, String where, String key) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            if (text.indexOf('\0') >= 0) {
                throw RunException.failed(where + ": the value of '" + key + "' contains a NUL character");
            }
            return text;
        } catch (CharacterCodingException e) {
            throw RunException.failed(
                    where + ": the value of '" + key + "' is not UTF-8, so it can't be a variable", e);
        }
    }
}
