package dev.berth.node.csi;

import static dev.berth.nix.FormatException.quote;

import dev.berth.nix.FormatException;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Decides which packages a volume shows by its context: the store path under the name of this node's system first, then
 * those that the pod's specification names. What must be evaluated by Nix is refused.
 */
final class VolumeAttributes {
    private static final Pattern SYSTEM = Pattern.compile("[a-z0-9_]+-(linux|darwin)");
    private static final String FLAKE_REF = "flakeRef";
    private static final String NIX_EXPR = "nixExpr";

    private final StoreDir storeDir;
    private final String system;
    private final PodSpec podSpec;

    VolumeAttributes(StoreDir storeDir, String system) {
        this.storeDir = storeDir;
        this.system = system;
        this.podSpec = new PodSpec(storeDir);
    }

    /** The packages, at least one, the primary one first. */
    List<StorePath> packages(Map<String, String> context) {
        if (!"true".equals(context.get(ContextKeys.EPHEMERAL))) {
            throw TargetPaths.invalid("only ephemeral inline volumes are supported: the volume context has no "
                    + ContextKeys.EPHEMERAL + "=true (the CSIDriver object needs podInfoOnMount: true)");
        }
        Set<String> otherSystems = new TreeSet<>();
        Set<String> expressions = new TreeSet<>();
        for (String key : new TreeSet<>(context.keySet())) {
            if (key.startsWith(ContextKeys.KUBELET) || key.equals(ContextKeys.POD_SPEC) || key.equals(system)) {
                continue;
            }
            if (key.equals(FLAKE_REF) || key.equals(NIX_EXPR)) {
                expressions.add(key);
            } else if (SYSTEM.matcher(key).matches()) {
                otherSystems.add(key);
            } else {
                throw TargetPaths.invalid("unknown volume attribute " + quote(key) + "; known are " + system
                        + " and other systems, " + FLAKE_REF + ", " + NIX_EXPR + ", " + ContextKeys.POD_SPEC);
            }
        }
        Set<StorePath> packages = new LinkedHashSet<>();
        String own = context.get(system);
        if (own != null) {
            packages.add(storePath(own));
        } else if (!expressions.isEmpty()) {
            throw new CsiException(
                    Status.Code.UNIMPLEMENTED,
                    "the volume attribute " + expressions.iterator().next()
                            + " needs Nix to evaluate it on the node, which this agent does not do;"
                            + " name the built store path in the attribute " + system);
        } else if (!otherSystems.isEmpty()) {
            throw TargetPaths.invalid("the volume has packages for " + String.join(", ", otherSystems)
                    + " but this node's system is " + system + "; add the attribute " + system
                    + " or bind the pod to nodes of another system");
        }
        String spec = context.get(ContextKeys.POD_SPEC);
        if (spec != null) {
            packages.addAll(podSpec.storePaths(spec));
        }
        if (packages.isEmpty()) {
            throw TargetPaths.invalid("no packages to mount: the volume has no attribute " + system
                    + " and the pod specification names no store path");
        }
        return new ArrayList<>(packages);
    }

    private StorePath storePath(String text) {
        try {
            return storeDir.parse(text);
        } catch (FormatException e) {
            throw new CsiException(
                    Status.Code.INVALID_ARGUMENT, "the volume attribute " + system + ": " + e.getMessage(), e);
        }
    }
}
