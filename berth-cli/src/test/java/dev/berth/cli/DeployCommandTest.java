package dev.berth.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.testing.RealKubernetes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands that talk to a cluster, against a real API server. */
class DeployCommandTest {
    private static final String NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata: {name: cli}\n";

    @TempDir
    private Path directory;

    private RealKubernetes kubernetes;

    @BeforeEach
    void start() {
        kubernetes = RealKubernetes.shared();
    }

    private static String configMap(String name, String value) {
        return "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: " + name + ", namespace: cli}\ndata: {key: "
                + value + "}\n";
    }

    private String manifest(String text) throws IOException {
        return Files.writeString(directory.resolve("manifest.yaml"), text).toString();
    }

    private Cli run(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.add("--kubeconfig=" + kubernetes.kubeconfig());
        return Cli.run(all.toArray(String[]::new));
    }

    @Test
    void deploysDiffsPrunesTellsAndDeletes() throws IOException {
        String file = manifest(NAMESPACE + configMap("a", "one") + configMap("b", "one"));
        Cli diff = run("diff", file, "--discriminator=cli");
        assertThat(diff.exitCode()).isZero();
        assertThat(diff.out()).contains("+ ConfigMap cli/a").endsWith("3 to create\n");
        assertThat(run("diff", file, "--discriminator=cli", "--exit-code").exitCode())
                .isEqualTo(1);
        assertThat(run("deploy", file, "--discriminator=cli", "--dry-run").exitCode())
                .isZero();
        assertThat(kubernetes.kubectl("get", "namespace", "cli").exitCode()).isNotZero();

        Cli deployed = run("deploy", file, "--discriminator=cli", "--yes");
        assertThat(deployed.exitCode()).as(deployed.err()).isZero();
        assertThat(deployed.err()).contains("created ConfigMap cli/a").endsWith("berth: 3 created\n");
        Cli again = run("deploy", file, "--discriminator=cli", "--yes");
        assertThat(again.exitCode()).isZero();
        assertThat(again.out()).isEqualTo("3 unchanged\n");
        assertThat(again.err()).isEqualTo("berth: nothing to change: 3 unchanged\n");
        assertThat(run("diff", file, "--discriminator=cli", "--exit-code").exitCode())
                .isZero();
        assertThat(run("status", "--discriminator=cli", "--json").out())
                .startsWith("{\"ready\":true,")
                .contains("\"name\":\"a\",\"state\":\"ready\"");

        manifest(NAMESPACE + configMap("a", "two"));
        Cli changed = run("deploy", file, "--discriminator=cli", "--yes", "--prune", "--json");
        assertThat(changed.exitCode()).as(changed.err()).isZero();
        assertThat(changed.out())
                .contains("{\"path\":\"data.key\",\"before\":\"one\",\"after\":\"two\"}")
                .contains("\"complete\":true")
                .contains("\"name\":\"b\",\"result\":\"deleted\"");

        manifest(NAMESPACE + configMap("a", "two") + configMap("c", "one").replace("v1", "v9"));
        Cli refused = run("deploy", file, "--discriminator=cli", "--yes");
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.out()).contains("x ConfigMap cli/c: the cluster has no kind ConfigMap of apiVersion v9");
        assertThat(refused.err()).contains("nothing was changed");

        assertThat(run("delete", "--discriminator=cli", "--dry-run").out())
                .isEqualTo("- ConfigMap cli/a\n- Namespace cli with everything in it\n2 to delete\n");
        Cli deleted = run("delete", "--discriminator=cli", "--yes");
        assertThat(deleted.exitCode()).as(deleted.err()).isZero();
        assertThat(run("status", "--discriminator=cli").exitCode()).isEqualTo(1);
        assertThat(run("status", "--discriminator=cli", "--json").out()).startsWith("{\"ready\":false,");
        assertThat(run("delete", "--discriminator=cli", "--yes").exitCode()).isZero();
        assertThat(run("delete", "--discriminator=cli", "--yes", "--json").out())
                .isEqualTo("{\"complete\":true,\"objects\":[]}\n");
    }

    @Test
    void refusesWrongUsage() throws IOException {
        String file = manifest(NAMESPACE);
        String[][] lines = {
            {"deploy", file}, // no terminal, and no --yes
            {"deploy", "--yes"},
            {"deploy", file, "--yes", "--confirm-context=another"},
            {"deploy", file, "--yes", "--prune"},
            {"diff", file, "--concurrency=0"},
            {"diff", file, "--timeout=soon"},
            {"diff", file, "--discriminator=not a label"},
            {"delete", "--yes"},
            {"delete", "--discriminator=x"},
            {"status"},
        };
        for (String[] line : lines) {
            Cli result = run(line);
            assertThat(result.exitCode())
                    .as(String.join(" ", line) + result.err())
                    .isEqualTo(2);
            assertThat(result.err()).startsWith("berth: ");
        }
        assertThat(run("diff", file, "--context=absent").exitCode()).isEqualTo(1);
        assertThat(run("diff", "absent.yaml").exitCode()).isEqualTo(1);
    }
}
