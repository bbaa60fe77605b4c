package dev.berth.run;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.berth.nix.StoreDir;
import dev.berth.node.NodeConfig;
import dev.berth.node.csi.InlineVolume;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Gives {@code /nix} to containers that name store paths in their command or environment and mount nothing there, as a
 * node agent in a cluster does without being asked by a volume.
 */
final class StoreInjection {
    /** The name of the volume that is added. */
    static final String VOLUME = "berth-nix";

    private static final String NIX = "/nix";

    private StoreInjection() {}

    /** Adds the mounts to the containers and the volume to the volumes, where needed. */
    static void inject(List<Pod.Container> init, List<Pod.Container> main, Map<String, Pod.Volume> volumes) {
        ArrayNode texts = JsonNodeFactory.instance.arrayNode();
        for (List<Pod.Container> containers : List.of(init, main)) {
            containers.replaceAll(container -> {
                if (mountsStore(container) || !namesStore(container)) {
                    return container;
                }
                texts(container).forEach(texts::add);
                List<Pod.VolumeMount> mounts = new ArrayList<>(container.mounts());
                mounts.add(new Pod.VolumeMount(VOLUME, NIX, "nix", true));
                return container.withMounts(mounts);
            });
        }
        if (!texts.isEmpty()) {
            String spec = JsonNodeFactory.instance
                    .objectNode()
                    .set("containers", texts)
                    .toString();
            volumes.put(VOLUME, new Pod.Csi(NodeConfig.DRIVER, true, Map.of(InlineVolume.POD_SPEC, spec)));
        }
    }

    private static boolean mountsStore(Pod.Container container) {
        return container.mounts().stream()
                .anyMatch(mount ->
                        mount.mountPath().equals(NIX) || mount.mountPath().startsWith(NIX + "/"));
    }

    private static boolean namesStore(Pod.Container container) {
        return texts(container).anyMatch(text -> text.contains(StoreDir.DEFAULT.path() + "/"));
    }

    private static Stream<String> texts(Pod.Container container) {
        return Stream.concat(container.command().stream(), container.environment().values().stream());
    }
}
