package dev.berth.cli;

import dev.berth.cli.store.Json;
import dev.berth.node.doctor.Diagnosis;
import dev.berth.node.doctor.Doctor;
import dev.berth.node.doctor.Finding;
import dev.berth.node.doctor.Patient;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code berth doctor}. */
@Command(
        name = "doctor",
        description = {
            "Say what this node can do, and what to change where it can't: CSI, NRI, ways to show closures, space, caches.",
            "It tries everything as the agent would, and leaves nothing behind. The exit code is 0 if the node can do CSI."
        },
        mixinStandardHelpOptions = true)
final class DoctorCommand implements Callable<Integer> {
    @Option(names = "--root", paramLabel = "DIR", description = "The agent's root; /var/lib/berth as a rule.")
    private Optional<Path> root = Optional.empty();

    @Option(
            names = "--kubelet-dir",
            paramLabel = "DIR",
            description = "Kubelet's directory; /var/lib/kubelet as a rule.")
    private Optional<Path> kubeletDir = Optional.empty();

    @Option(
            names = "--nri-socket",
            paramLabel = "PATH",
            description = "The container runtime's NRI socket; /var/run/nri/nri.sock as a rule.")
    private Optional<Path> nriSocket = Optional.empty();

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "The agent's configuration file: what it names is looked at, too.")
    private Optional<Path> config = Optional.empty();

    @Option(names = "--json", description = "Print it as JSON.")
    private boolean json;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        Diagnosis diagnosis = Doctor.examine(new Patient(
                config,
                root.map(path -> path.toAbsolutePath().normalize()),
                kubeletDir.map(path -> path.toAbsolutePath().normalize()),
                nriSocket.map(path -> path.toAbsolutePath().normalize())));
        if (json) {
            print(diagnosis);
        } else {
            show(diagnosis);
        }
        return diagnosis.csi() ? Failures.DONE : Failures.FAILED;
    }

    private void show(Diagnosis diagnosis) {
        PrintWriter out = spec.commandLine().getOut();
        for (Finding finding : diagnosis.findings()) {
            out.printf("%-8s %s: %s%n", word(finding), finding.name(), Failures.oneLine(finding.why()));
            if (!finding.change().isEmpty()) {
                out.printf("%-8s   %s%n", "", finding.change());
            }
        }
        out.println("This node can " + (diagnosis.csi() ? "" : "not ") + "do CSI, and can "
                + (diagnosis.nri() ? "" : "not ") + "do NRI.");
    }

    private static String word(Finding finding) {
        return finding.verdict().name().toLowerCase(Locale.ROOT);
    }

    private void print(Diagnosis diagnosis) {
        Json.stream(spec, out -> {
            out.writeStartObject();
            out.writeBooleanField("csi", diagnosis.csi());
            out.writeBooleanField("nri", diagnosis.nri());
            out.writeArrayFieldStart("findings");
            for (Finding finding : diagnosis.findings()) {
                out.writeStartObject();
                out.writeStringField("name", finding.name());
                out.writeStringField("verdict", word(finding));
                out.writeStringField("why", finding.why());
                out.writeStringField("change", finding.change());
                out.writeEndObject();
            }
            out.writeEndArray();
            out.writeEndObject();
        });
    }
}
