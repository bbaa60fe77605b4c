package dev.berth.run;

import dev.berth.node.NodeConfig;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads the volumes of a pod. */
final class VolumeReader {
    private static final int DEFAULT_MODE = 0644;
    private static final Set<String> CSI_FIELDS = Set.of("driver", "readOnly", "volumeAttributes");

    private final Configuration configuration;
    private final PodIdentity pod;
    private final Ignored ignored;

    VolumeReader(Configuration configuration, PodIdentity pod, Ignored ignored) {
        this.configuration = configuration;
        this.pod = pod;
        this.ignored = ignored;
    }

    Map<String, Pod.Volume> read(Fields spec) {
        Map<String, Pod.Volume> volumes = new LinkedHashMap<>();
        for (Fields volume : spec.objects("volumes")) {
            String name = volume.required("name");
            if (!name.matches("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")) {
                throw RunException.failed(volume.at("name") + ": '" + name + "' is not a name that Kubernetes takes");
            }
            if (name.equals(StoreInjection.VOLUME) || volumes.put(name, volume(volume)) != null) {
                throw RunException.failed(volume.at("name") + ": a volume '" + name + "' is already there");
            }
        }
        return volumes;
    }

    private Pod.Volume volume(Fields volume) {
        List<String> sources = volume.others(Set.of("name"));
        if (sources.isEmpty()) {
            return new Pod.EmptyDir();
        }
        if (sources.size() > 1) {
            throw RunException.failed(volume.where() + " has several sources: " + String.join(", ", sources));
        }
        Fields source = volume.object(sources.getFirst());
        return switch (sources.getFirst()) {
            case "emptyDir" -> {
                ignored.addAll("volumes.emptyDir.", source.others(Set.of()));
                yield new Pod.EmptyDir();
            }
            case "configMap" ->
                new Pod.Files(files(
                        source, Configuration.CONFIG_MAP, source.text("name").orElse(""), mode(source)));
            case "secret" ->
                new Pod.Files(files(
                        source,
                        Configuration.SECRET,
                        source.text("secretName").or(() -> source.text("name")).orElse(""),
                        mode(source)));
            case "downwardAPI" -> new Pod.Files(downward(source, mode(source)));
            case "projected" -> projected(source);
            case "csi" -> csi(source);
            default ->
                throw RunException.failed(volume.where() + ": volumes of type " + sources.getFirst()
                        + " need a cluster; berth run has csi, emptyDir, configMap, secret, downwardAPI and projected");
        };
    }

    private Pod.Volume projected(Fields projected) {
        Map<String, Pod.FileContent> files = new LinkedHashMap<>();
        int mode = mode(projected);
        for (Fields source : projected.objects("sources")) {
            if (source.has("configMap")) {
                Fields map = source.object("configMap");
                files.putAll(
                        files(map, Configuration.CONFIG_MAP, map.text("name").orElse(""), mode));
            } else if (source.has("secret")) {
                Fields secret = source.object("secret");
                files.putAll(
                        files(secret, Configuration.SECRET, secret.text("name").orElse(""), mode));
            } else if (source.has("downwardAPI")) {
                files.putAll(downward(source.object("downwardAPI"), mode));
            } else {
                ignored.addAll("volumes.projected.sources.", source.others(Set.of()));
            }
        }
        return new Pod.Files(files);
    }

    private Pod.Volume csi(Fields csi) {
        String driver = csi.required("driver");
        if (!NodeConfig.DRIVERS.contains(driver)) {
            throw RunException.failed(csi.at("driver") + ": '" + driver + "' is not a driver of Berth ("
                    + String.join(", ", NodeConfig.DRIVERS) + "), and berth run has no other");
        }
        ignored.addAll("volumes.csi.", csi.others(CSI_FIELDS));
        return new Pod.Csi(driver, csi.flag("readOnly"), csi.textMap("volumeAttributes"));
    }

    private Map<String, Pod.FileContent> files(Fields source, String kind, String name, int mode) {
        if (name.isEmpty()) {
            throw RunException.failed(source.where() + " does not name the " + kind);
        }
        boolean optional = source.flag("optional");
        Map<String, byte[]> data = configuration.get(kind, pod.namespace(), name, optional, source.where());
        Map<String, Pod.FileContent> files = new LinkedHashMap<>();
        if (!source.has("items")) {
            data.forEach((key, bytes) -> files.put(key, new Pod.FileContent(bytes, mode)));
        }
        for (Fields item : source.objects("items")) {
            byte[] bytes = data.get(item.required("key"));
            if (bytes != null) {
                files.put(
                        path(item),
                        new Pod.FileContent(bytes, item.number("mode", 0, 0777).orElse(mode)));
            } else if (!optional) {
                throw RunException.failed(
                        item.at("key") + ": the " + kind + " '" + name + "' has no key '" + item.required("key") + "'");
            }
        }
        return files;
    }

    private Map<String, Pod.FileContent> downward(Fields source, int mode) {
        Map<String, Pod.FileContent> files = new LinkedHashMap<>();
        for (Fields item : source.objects("items")) {
            if (!item.has("fieldRef")) {
                ignored.add("volumes.downwardAPI.items.resourceFieldRef");
                continue;
            }
            Fields field = item.object("fieldRef");
            String text = pod.field(field.required("fieldPath"), field.at("fieldPath"));
            files.put(
                    path(item),
                    new Pod.FileContent(
                            text.getBytes(java.nio.charset.StandardCharsets.UTF_8),
                            item.number("mode", 0, 0777).orElse(mode)));
        }
        return files;
    }

    private static String path(Fields item) {
        String path = item.required("path");
        Paths.requireInside(path, item.at("path"));
        return path;
    }

    private static int mode(Fields source) {
        return source.number("defaultMode", 0, 0777).orElse(DEFAULT_MODE);
    }
}
