package dev.berth.run;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Reads the containers of a pod. */
final class ContainerReader {
    private static final Set<String> FIELDS = Set.of(
            "name",
            "image",
            "imagePullPolicy",
            "command",
            "args",
            "env",
            "envFrom",
            "workingDir",
            "volumeMounts",
            "securityContext",
            "restartPolicy",
            "terminationMessagePath",
            "terminationMessagePolicy");
    private static final Set<String> MOUNT_FIELDS =
            Set.of("name", "mountPath", "subPath", "subPathExpr", "readOnly", "recursiveReadOnly", "mountPropagation");
    private static final Set<String> SECURITY_FIELDS = Set.of("runAsUser", "runAsGroup");
    /** An image without files: the last part of its name says so. */
    private static final Pattern EMPTY_IMAGE = Pattern.compile("(.*/)?scratch(:[^/@]+)?(@[^/]+)?");

    private final Environment environment;
    private final Ignored ignored;
    private final Set<String> volumes;
    private final Fields podSecurity;
    private final boolean rootfs;

    ContainerReader(Environment environment, Ignored ignored, Set<String> volumes, Fields podSecurity, boolean rootfs) {
        this.environment = environment;
        this.ignored = ignored;
        this.volumes = volumes;
        this.podSecurity = podSecurity;
        this.rootfs = rootfs;
        ignored.addAll("securityContext.", podSecurity.others(SECURITY_FIELDS));
    }

    Pod.Container read(Fields container, boolean init) {
        String name = container.required("name");
        if (!name.matches("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")) {
            throw RunException.failed(container.at("name") + ": '" + name + "' is not a name that Kubernetes takes");
        }
        image(container);
        ignored.addAll("containers.", container.others(FIELDS));
        Map<String, String> variables = environment.of(container, ignored);
        List<String> command = new ArrayList<>();
        container.texts("command").forEach(text -> command.add(Expansion.expand(text, variables)));
        container.texts("args").forEach(text -> command.add(Expansion.expand(text, variables)));
        if (container.texts("command").isEmpty()) {
            throw RunException.failed(container.where()
                    + " has no command, and an empty image has none of its own: give a store path as command");
        }
        String directory =
                container.text("workingDir").filter(dir -> !dir.isEmpty()).orElse("/");
        Paths.requireAbsolute(directory, container.at("workingDir"));
        Fields security = container.object("securityContext");
        ignored.addAll("securityContext.", security.others(SECURITY_FIELDS));
        return new Pod.Container(
                name,
                command,
                variables,
                directory,
                mounts(container, variables),
                id(security, "runAsUser"),
                id(security, "runAsGroup"),
                init && sidecar(container));
    }

    private void image(Fields container) {
        String image = container.required("image");
        if (!rootfs && !EMPTY_IMAGE.matcher(image).matches()) {
            throw RunException.failed(container.at("image") + ": berth run pulls no images, and '" + image
                    + "' is not an empty one (…/scratch:…): give its files with --rootfs DIR");
        }
    }

    private static boolean sidecar(Fields container) {
        return switch (container.text("restartPolicy").orElse("")) {
            case "" -> false;
            case "Always" -> true;
            default ->
                throw RunException.failed(container.at("restartPolicy") + " of an init container can only be Always");
        };
    }

    private int id(Fields security, String field) {
        return security.number(field, 0, Integer.MAX_VALUE)
                .or(() -> podSecurity.number(field, 0, Integer.MAX_VALUE))
                .orElse(-1);
    }

    private List<Pod.VolumeMount> mounts(Fields container, Map<String, String> variables) {
        List<Pod.VolumeMount> mounts = new ArrayList<>();
        Set<List<String>> places = new HashSet<>();
        for (Fields mount : container.objects("volumeMounts")) {
            ignored.addAll("volumeMounts.", mount.others(MOUNT_FIELDS));
            String volume = mount.required("name");
            if (!volumes.contains(volume)) {
                throw RunException.failed(mount.at("name") + ": the pod has no volume '" + volume + "'");
            }
            String path = mount.required("mountPath");
            Paths.requireAbsolute(path, mount.at("mountPath"));
            if (Paths.components(path).isEmpty()) {
                throw RunException.failed(mount.at("mountPath") + ": a volume cannot be the container's root");
            }
            if (!places.add(Paths.components(path))) {
                throw RunException.failed(mount.at("mountPath") + ": two volumes at '" + path + "'");
            }
            String subPath = mount.text("subPathExpr")
                    .map(text -> Expansion.expand(text, variables))
                    .orElse(mount.text("subPath").orElse(""));
            if (!subPath.isEmpty()) {
                Paths.requireInside(subPath, mount.at("subPath"));
            }
            mounts.add(new Pod.VolumeMount(volume, path, subPath, mount.flag("readOnly")));
        }
        return mounts;
    }
}
