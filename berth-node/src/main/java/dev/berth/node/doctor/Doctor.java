package dev.berth.node.doctor;

import dev.berth.nix.FormatException;
import dev.berth.node.NodeConfig;
import dev.berth.node.NriSettings;
import dev.berth.node.config.NodeFile;
import dev.berth.node.kubelet.KubeletConfig;
import dev.berth.node.nri.NriConfig;
import dev.berth.store.config.ConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Examines a node. It leaves nothing behind, and changes nothing but for a directory that it makes and removes. */
public final class Doctor {
    /** Where the agent's root is, unless anybody says otherwise. */
    public static final Path ROOT = Path.of("/var/lib/berth");

    private static final Path UNKNOWN = Path.of("/");

    private Doctor() {}

    /**
     * Looks at everything, in the mount namespace of this process. Takes some seconds at most for each cache. It starts processes and
     * threads: never call it in a {@link dev.berth.linux.NamespaceThread}.
     */
    public static Diagnosis examine(Patient patient) {
        List<Finding> findings = new ArrayList<>();
        NodeConfig config = NodeConfig.at(UNKNOWN);
        if (patient.config().isPresent()) {
            try {
                config = NodeFile.read(patient.config().get()).applyTo(config);
                findings.add(Finding.ok(ConfigCheck.NAME, patient.config().get() + " can be taken"));
            } catch (ConfigException | FormatException e) {
                findings.add(Finding.no(
                        ConfigCheck.NAME,
                        String.valueOf(e.getMessage()),
                        "correct it: the agent does not start with this"));
            }
        }
        Path said = config.root().equals(UNKNOWN) ? ROOT : config.root();
        Path root = patient.root().orElse(said);
        Optional<NriSettings> nri = config.nri();
        Path kubeletDir = patient.kubeletDir()
                .orElse(config.kubelet().map(KubeletConfig::dir).orElse(KubeletConfig.DIR));
        findings.add(PrivilegeCheck.run());
        findings.add(KernelCheck.run());
        findings.addAll(KubeletCheck.run(kubeletDir));
        findings.add(NriCheck.run(patient.nriSocket()
                .or(() -> nri.map(settings -> settings.runtime().socket()))
                .orElse(NriConfig.DEFAULT_SOCKET)));
        findings.addAll(onRoot(root));
        findings.addAll(LimitsCheck.run());
        findings.add(DiskCheck.space(root));
        if (patient.config().isPresent()) {
            findings.addAll(ConfigCheck.run(config));
        }
        return new Diagnosis(findings);
    }

    private static List<Finding> onRoot(Path root) {
        try {
            Path scratch = Files.createTempDirectory(existing(root).toRealPath(), ".berth-doctor-");
            try {
                List<Finding> findings = new ArrayList<>(PresentationCheck.run(root, scratch));
                findings.add(HookCheck.run(root, scratch));
                findings.add(MappedIdsCheck.run(root, scratch));
                return findings;
            } finally {
                Files.deleteIfExists(scratch);
            }
        } catch (IOException e) {
            return List.of(Finding.no(
                    PresentationCheck.COMPOSEFS,
                    "nothing can be tried in " + root + ": " + e.getMessage(),
                    "give the agent a --root on a file system of this node that it can write"));
        }
    }

    /** The path, or what of it exists. */
    static Path existing(Path path) {
        Path at = path.toAbsolutePath().normalize();
        while (!Files.isDirectory(at) && at.getParent() != null) {
            at = at.getParent();
        }
        return at;
    }
}
