package dev.berth.node.doctor;

import java.util.List;
import java.util.Set;

/**
 * What a node can do.
 *
 * @param findings in the order in which they were found
 */
public record Diagnosis(List<Finding> findings) {
    private static final Set<String> ANY =
            Set.of(ConfigCheck.NAME, ConfigCheck.POLICY, PrivilegeCheck.NAME, KernelCheck.NAME, DiskCheck.SPACE);
    private static final Set<String> CSI = Set.of(KubeletCheck.PROPAGATION, KubeletCheck.SOCKETS);
    private static final Set<String> NRI = Set.of(NriCheck.NAME, HookCheck.NAME);

    /** Copies the list. */
    public Diagnosis {
        findings = List.copyOf(findings);
    }

    /** Whether volumes can be published for kubelet. */
    public boolean csi() {
        return noneFails(ANY) && noneFails(CSI);
    }

    /** Whether closures can be mounted into containers by the runtime. */
    public boolean nri() {
        return noneFails(ANY) && noneFails(NRI);
    }

    private boolean noneFails(Set<String> names) {
        return findings.stream()
                .noneMatch(finding -> names.contains(finding.name()) && finding.verdict() == Finding.Verdict.NO);
    }
}
