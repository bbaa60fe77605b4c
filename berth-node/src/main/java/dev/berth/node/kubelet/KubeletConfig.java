package dev.berth.node.kubelet;

import dev.berth.node.NodeConfig;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The kubelet of this node.
 *
 * @param dir its root directory, absolute, {@code /var/lib/kubelet} as a rule
 * @param compat whether the driver names of the tools before Berth are served and registered, too
 */
public record KubeletConfig(Path dir, boolean compat) {
    /** Where kubelet's directory is unless it was told otherwise. */
    public static final Path DIR = Path.of("/var/lib/kubelet");

    /** @throws IllegalArgumentException if the directory is relative */
    public KubeletConfig {
        if (!dir.isAbsolute()) {
            throw new IllegalArgumentException("kubelet's directory " + dir + " is not an absolute path");
        }
        dir = dir.normalize();
    }

    /** The driver names that are served. */
    public List<String> drivers() {
        return compat ? NodeConfig.DRIVERS : List.of(NodeConfig.DRIVER);
    }

    /** Where each driver is served: {@code plugins/<driver>/csi.sock}. */
    public Map<String, Path> sockets() {
        Map<String, Path> sockets = new LinkedHashMap<>();
        drivers().forEach(driver -> sockets.put(driver, socket(driver)));
        return sockets;
    }

    Path socket(String driver) {
        return dir.resolve("plugins").resolve(driver).resolve("csi.sock");
    }

    /** Where kubelet looks for plugins: every socket here is asked who it is. */
    Path registrationSocket(String driver) {
        return dir.resolve("plugins_registry").resolve(driver + "-reg.sock");
    }
}
