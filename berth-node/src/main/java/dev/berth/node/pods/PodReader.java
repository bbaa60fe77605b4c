package dev.berth.node.pods;

import com.fasterxml.jackson.databind.JsonNode;
import dev.berth.nix.StoreDir;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads pods as the API server has them (core/v1). What is missing or of another type is as if it were not there. */
final class PodReader {
    private static final List<String> CONTAINERS = List.of("initContainers", "containers", "ephemeralContainers");

    /**
     * A pod of a file on a node (a static pod) has a uid that the API server does not know: there it is the hash of this
     * annotation (kubelet, pkg/kubelet/types/pod_update.go).
     */
    private static final String MIRROR = "kubernetes.io/config.mirror";

    private final StorePathMentions mentions;

    PodReader(StoreDir storeDir) {
        this.mentions = new StorePathMentions(storeDir);
    }

    /** A pod, or empty if this is none. */
    Optional<Pod> read(JsonNode object) {
        JsonNode metadata = object.path("metadata");
        JsonNode spec = object.path("spec");
        String uid = metadata.path("uid").asText("");
        if (!object.path("kind").asText().equals("Pod") || uid.isEmpty() || !spec.isObject()) {
            return Optional.empty();
        }
        return Optional.of(new Pod(
                new PodRef(
                        metadata.path("namespace").asText(""),
                        metadata.path("name").asText(""),
                        metadata.path("annotations").path(MIRROR).asText(uid)),
                !metadata.path("deletionTimestamp").asText("").isEmpty(),
                spec.path("hostUsers").asBoolean(true),
                List.copyOf(mentions.in(spec)),
                volumes(spec),
                containers(spec)));
    }

    private static List<Pod.Volume> volumes(JsonNode spec) {
        List<Pod.Volume> volumes = new ArrayList<>();
        for (JsonNode volume : spec.path("volumes")) {
            String driver = volume.path("csi").path("driver").asText("");
            if (!driver.isEmpty()) {
                volumes.add(new Pod.Volume(volume.path("name").asText(""), driver));
            }
        }
        return volumes;
    }

    private List<Pod.Container> containers(JsonNode spec) {
        List<Pod.Container> containers = new ArrayList<>();
        for (String kind : CONTAINERS) {
            for (JsonNode container : spec.path(kind)) {
                boolean names = List.of("command", "args", "env").stream()
                        .map(container::path)
                        .anyMatch(part -> !mentions.in(part).isEmpty());
                containers.add(new Pod.Container(container.path("name").asText(""), names, mounts(container)));
            }
        }
        return containers;
    }

    private static List<Pod.Mount> mounts(JsonNode container) {
        List<Pod.Mount> mounts = new ArrayList<>();
        for (JsonNode mount : container.path("volumeMounts")) {
            mounts.add(new Pod.Mount(
                    mount.path("name").asText(""),
                    mount.path("mountPath").asText(""),
                    mount.path("subPath").asText(mount.path("subPathExpr").asText(""))));
        }
        return mounts;
    }
}
