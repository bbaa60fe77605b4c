package dev.berth.run;

import com.fasterxml.jackson.databind.JsonNode;
import dev.berth.deploy.render.KubeObject;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** Makes pods of the objects that are or hold pods, and says what it leaves out. */
final class PodReader {
    /** Longer graces make no sense at a terminal. */
    static final int MAX_GRACE_SECONDS = 30;

    private static final Set<String> POD_FIELDS = Set.of(
            "containers",
            "initContainers",
            "volumes",
            "restartPolicy",
            "terminationGracePeriodSeconds",
            "hostname",
            "serviceAccountName",
            "serviceAccount",
            "securityContext",
            "hostNetwork",
            "enableServiceLinks");
    private static final Set<String> TEMPLATE_FIELDS =
            Set.of("template", "selector", "serviceName", "suspend", "schedule", "jobTemplate");

    private final Configuration configuration;
    private final Ignored ignored;
    private final boolean rootfs;

    /** @param rootfs whether files for images are given, so that any image will do */
    PodReader(Configuration configuration, Ignored ignored, boolean rootfs) {
        this.configuration = configuration;
        this.ignored = ignored;
        this.rootfs = rootfs;
    }

    /**
     * The pods of a file, in its order.
     *
     * @throws RunException if there is none, or if one can't be run
     */
    static List<Pod> read(List<KubeObject> objects, Ignored ignored, boolean rootfs) {
        PodReader reader = new PodReader(new Configuration(objects), ignored, rootfs);
        List<Pod> pods = new ArrayList<>();
        for (KubeObject object : objects) {
            reader.pod(object).ifPresent(pods::add);
        }
        if (pods.isEmpty()) {
            throw RunException.failed("the file has no pod: no Pod, Job, CronJob, Deployment, ReplicaSet, StatefulSet,"
                    + " DaemonSet or ReplicationController, only "
                    + String.join(", ", objects.stream().map(KubeObject::label).toList()));
        }
        return pods;
    }

    private Optional<Pod> pod(KubeObject object) {
        JsonNode json = object.json();
        return switch (object.kind()) {
            case "Pod" -> Optional.of(pod(object, json, ""));
            case "PodTemplate" -> Optional.of(pod(object, json.path("template"), "template."));
            case "Job", "Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "ReplicationController" -> {
                ignored.addAll(
                        object.kind() + ".spec.", spec(object, json, "spec").others(TEMPLATE_FIELDS));
                yield Optional.of(pod(object, json.path("spec").path("template"), "spec.template."));
            }
            case "CronJob" -> {
                JsonNode job = json.path("spec").path("jobTemplate");
                ignored.add("CronJob.spec.schedule");
                ignored.addAll("CronJob.spec.", spec(object, json, "spec").others(TEMPLATE_FIELDS));
                ignored.addAll(
                        "CronJob.spec.jobTemplate.spec.",
                        spec(object, job, "spec.jobTemplate.spec").others(TEMPLATE_FIELDS));
                yield Optional.of(pod(object, job.path("spec").path("template"), "spec.jobTemplate.spec.template."));
            }
            case Configuration.CONFIG_MAP, Configuration.SECRET -> Optional.empty();
            default -> {
                ignored.add(object.label());
                yield Optional.empty();
            }
        };
    }

    private static Fields spec(KubeObject object, JsonNode json, String at) {
        return new Fields(json.path("spec"), object.label() + ": " + at);
    }

    private Pod pod(KubeObject object, JsonNode template, String at) {
        String where = object.label() + ": " + at;
        Fields metadata = new Fields(template.path("metadata"), where + "metadata");
        Fields spec = new Fields(template.path("spec"), where + "spec");
        if (spec.objects("containers").isEmpty()) {
            throw RunException.failed(spec.where() + " has no containers");
        }
        ignored.addAll("spec.", spec.others(POD_FIELDS));
        PodIdentity identity = new PodIdentity(
                object.name(),
                object.namespace(),
                UUID.randomUUID().toString(),
                spec.text("serviceAccountName").orElse("default"),
                metadata.textMap("labels"),
                metadata.textMap("annotations"));
        Map<String, Pod.Volume> volumes = new VolumeReader(configuration, identity, ignored).read(spec);
        ContainerReader containers = new ContainerReader(
                new Environment(configuration, identity),
                ignored,
                volumes.keySet(),
                spec.object("securityContext"),
                rootfs);
        List<Pod.Container> init = new ArrayList<>();
        List<Pod.Container> main = new ArrayList<>();
        spec.objects("initContainers").forEach(container -> init.add(containers.read(container, true)));
        spec.objects("containers").forEach(container -> main.add(containers.read(container, false)));
        Set<String> names = new HashSet<>();
        for (List<Pod.Container> list : List.of(init, main)) {
            for (Pod.Container container : list) {
                if (!names.add(container.name())) {
                    throw RunException.failed(spec.where() + " has two containers named '" + container.name() + "'");
                }
            }
        }
        Map<String, Pod.Volume> all = new LinkedHashMap<>(volumes);
        StoreInjection.inject(init, main, all);
        return new Pod(
                identity.name(),
                identity.namespace(),
                identity.uid(),
                identity.serviceAccount(),
                restartPolicy(spec),
                init,
                main,
                all,
                spec.number("terminationGracePeriodSeconds", 0, Integer.MAX_VALUE)
                        .map(seconds -> Math.min(seconds, MAX_GRACE_SECONDS))
                        .orElse(MAX_GRACE_SECONDS),
                template.path("spec").toString());
    }

    private static Pod.RestartPolicy restartPolicy(Fields spec) {
        return switch (spec.text("restartPolicy").orElse("Always")) {
            case "Always" -> Pod.RestartPolicy.ALWAYS;
            case "OnFailure" -> Pod.RestartPolicy.ON_FAILURE;
            case "Never" -> Pod.RestartPolicy.NEVER;
            default -> throw RunException.failed(spec.at("restartPolicy") + " is none of Always, OnFailure, Never");
        };
    }
}
