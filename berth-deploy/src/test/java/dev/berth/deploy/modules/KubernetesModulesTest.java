package dev.berth.deploy.modules;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.berth.testing.Command;
import dev.berth.testing.Project;
import dev.berth.testing.RealNix;
import dev.berth.testing.Requires;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@code nix/tests}: what the modules make of things, and what they say of mistakes. */
class KubernetesModulesTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path dir;

    private final Path tests = Project.root().resolve("nix/tests");
    private RealNix nix;

    @BeforeEach
    void startNix() {
        nix = new RealNix(dir);
    }

    /** The releases of Nix that the modules must work with: this machine's, and that of the Debian 13 root. */
    enum Release {
        INSTALLED,
        DEBIAN_13
    }

    private Command.Result evaluate(Release release, String... arguments) {
        List<String> line =
                new ArrayList<>(List.of("nix-instantiate", "--eval", "--strict", "--json", "--read-write-mode"));
        line.addAll(List.of(arguments));
        return switch (release) {
            case INSTALLED -> nix.command(line.toArray(String[]::new)).run();
            case DEBIAN_13 -> {
                line.addFirst(Project.root().resolve("testbed/debian13").toString());
                line.addAll(List.of("--store", "local?root=" + dir.resolve("newer")));
                line.addAll(List.of("--option", "build-users-group", "", "--option", "sandbox", "false"));
                yield Command.of(line.toArray(String[]::new)).run();
            }
        };
    }

    private JsonNode value(Release release, String... arguments) throws Exception {
        Command.Result result = evaluate(release, arguments);
        assertThat(result.exitCode()).as(result.stderr()).isZero();
        return JSON.readTree(result.stdout());
    }

    private static void requires(Release release) {
        if (release == Release.DEBIAN_13) {
            Requires.root();
            Requires.that(
                    Files.exists(Project.root().resolve(".cache/debian13/.made")),
                    "needs Nix 2.26: run 'testbed/debian13 nix --version' once");
        }
    }

    @ParameterizedTest
    @EnumSource
    void values(Release release) throws Exception {
        requires(release);
        JsonNode values = value(release, tests.toString(), "-A", "values");
        assertThat(values.size()).isGreaterThan(20);
        for (var test : values.properties()) {
            assertThat(test.getValue().path("actual"))
                    .as(test.getKey())
                    .isEqualTo(test.getValue().path("expected"));
        }
    }

    /** In a store below a root, Nix does not see what a file refers to; in one at its own place, as most machines have it, it does. */
    @Test
    void chartsThatNameStorePathsAreReadInTheMachinesOwnStore() throws Exception {
        Map<String, String> environment = new HashMap<>(nix.command().environment());
        environment.put("NIX_REMOTE", "local");
        environment.put("NIX_STORE_DIR", dir.resolve("own/store").toString());
        environment.put("NIX_STATE_DIR", dir.resolve("own/state").toString());
        environment.put("NIX_LOG_DIR", dir.resolve("own/log").toString());
        String told = "builtins.head (builtins.filter (object: object.kind == \"ConfigMap\") (import "
                + Project.root().resolve("nix") + " { pkgs = import " + tests.resolve("stub")
                + "; modules = [ { helm.releases.web = { chart = " + tests.resolve("stub")
                + "; values.x = 1; }; } ]; }).manifestAttrs.items)";
        List<String> line = List.of("nix-instantiate", "--eval", "--strict", "--json", "--read-write-mode", "-E");
        Command.Result result = new Command(
                        Stream.concat(
                                        line.stream(),
                                        Stream.of("let told = " + told
                                                + "; in { text = told.data.arguments; context = builtins.attrNames"
                                                + " (builtins.getContext told.data.arguments); }"))
                                .toList(),
                        environment)
                .run();
        assertThat(result.exitCode()).as(result.stderr()).isZero();
        JsonNode chart = JSON.readTree(result.stdout());
        assertThat(chart.path("context").size()).isEqualTo(1);
        assertThat(chart.path("text").asText())
                .startsWith("template web " + chart.path("context").path(0).asText());
    }

    @ParameterizedTest
    @EnumSource
    void filesAreImportedByTheirUrl(Release release) throws Exception {
        requires(release);
        Path file = Files.writeString(
                dir.resolve("a b.json"),
                "{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"a\"}}");
        String modules = "(import " + Project.root().resolve("nix")
                + " { modules = [ { importyaml.x.src = \"%s\"; } ]; })" + ".manifestAttrs.items";
        assertThat(value(release, "-E", modules.formatted(file.toUri() + "?v=1"))
                        .path(0)
                        .path("metadata")
                        .path("name")
                        .asText())
                .isEqualTo("a");
        Files.writeString(file, "[{\"apiVersion\": \"v1\", \"metadata\": {\"name\": \"b\"}}]");
        assertThat(evaluate(release, "--option", "tarball-ttl", "0", "-E", modules.formatted(file.toUri()))
                        .stderr())
                .contains("importyaml.x: an object \"b\" has no kind");
    }

    @ParameterizedTest
    @EnumSource
    void mistakes(Release release) throws Exception {
        requires(release);
        JsonNode says = value(
                release, "-E", "builtins.mapAttrs (_: mistake: mistake.says) (import " + tests + " { }).mistakes");
        assertThat(says.size()).isGreaterThan(10);
        for (var test : says.properties()) {
            Command.Result result = evaluate(release, tests.toString(), "-A", "mistakes." + test.getKey() + ".value");
            assertThat(result.exitCode())
                    .as(test.getKey() + ": " + result.stdout())
                    .isNotZero();
            assertThat(result.stderr().replace('\n', ' '))
                    .as(test.getKey())
                    .containsPattern(test.getValue().asText());
        }
    }

    @Test
    void theManifestIsAFileOfTheStoreWithItsReferences() throws Exception {
        Path module = Files.writeString(dir.resolve("module.nix"), """
                let hello = derivation { name = "hello"; system = builtins.currentSystem; builder = "/bin/sh"; args = [ "-c" "echo hi > $out" ]; };
                in { kubernetes.objects.default.ConfigMap.a.data = { path = "${hello}"; back = "\\\\ \\n \\" '"; }; }
                """);
        String file = nix.build("(import " + Project.root().resolve("nix") + " { modules = [ " + module
                        + " ]; }).manifestJSONFile")
                .getFirst();
        JsonNode manifest = JSON.readTree(nix.real(file).toFile());
        JsonNode data = manifest.path("items").path(0).path("data");
        assertThat(data.path("back").asText()).isEqualTo("\\ \n \" '");
        assertThat(nix.output("nix-store", "-q", "--references", file))
                .isEqualTo(data.path("path").asText());
    }

    @Test
    void deploymentScriptIsAProgramThatKnowsTheManifest() throws Exception {
        Path module = Files.writeString(dir.resolve("module.nix"), """
                { berth = { discriminator = "shop"; cacheTo = "ssh://root@cache"; };
                  kubernetes.objects.default.ConfigMap.a.data.path = "${derivation { name = "hello"; system = builtins.currentSystem; builder = "/bin/sh"; args = [ "-c" "echo hi > $out" ]; }}"; }
                """);
        Path file = Files.writeString(
                dir.resolve("shop.nix"),
                "import " + Project.root().resolve("nix") + " { modules = [ " + module + " ]; }");
        // Stands for berth: it says how it was called, and what with.
        Path berth =
                Files.writeString(dir.resolve("berth"), "#!/bin/sh\necho \"$*\"\n[ \"$NIX_REMOTE\" ] && cat \"$2\"\n");
        assertThat(berth.toFile().setExecutable(true)).isTrue();
        for (String script : List.of("deploymentScript", "validationScript")) {
            Command run = nix.command("nix", "run", "--file", file.toString(), script, "--", "--yes", "a b");
            Map<String, String> environment = new HashMap<>(run.environment());
            environment.put("BERTH", berth.toString());
            List<String> said = new Command(run.arguments(), environment)
                    .succeed()
                    .stdout()
                    .lines()
                    .toList();
            assertThat(said.getFirst())
                    .matches((script.equals("deploymentScript") ? "deploy" : "validate")
                            + " /nix/store/[a-z0-9]{32}-rendered-manifest.json --yes a b");
            JsonNode manifest = JSON.readTree(said.getLast());
            assertThat(manifest.path("kind").asText()).isEqualTo("RenderedManifest");
            assertThat(manifest.at("/deployment/cacheTo/0").asText()).isEqualTo("ssh://root@cache");
            assertThat(manifest.at("/items/0/data/path").asText()).endsWith("-hello");
            environment.put("BERTH", "/nowhere/berth");
            Command.Result without = new Command(run.arguments(), environment).run();
            assertThat(without.exitCode()).isEqualTo(127);
            assertThat(without.stderr()).contains("there is no program '/nowhere/berth'");
        }
    }

    @Test
    void fiveHundredObjectsAreEvaluated() throws Exception {
        JsonNode count =
                value(Release.INSTALLED, "-E", """
                let berth = import %s; in builtins.length (builtins.fromJSON (berth { modules = [ ({ lib, ... }: {
                  kubernetes.objects.default = {
                    ConfigMap = lib.genAttrs (map toString (lib.range 1 250)) (name: { data.a = name; });
                    Deployment = lib.genAttrs (map (i: "d${toString i}") (lib.range 1 250)) (name: {
                      spec = {
                        replicas = lib.mkDefault 2;
                        template.spec.containers = lib.mkNamedList { main = { image = name; env = lib.mkNamedList { A.value = "1"; }; }; };
                      };
                    });
                  };
                }) ]; }).manifestJSON).items
                """.formatted(Project.root().resolve("nix")));
        assertThat(count.asInt()).isEqualTo(500);
    }

    @Test
    void kindsHaveTheirApiVersions() throws Exception {
        JsonNode mappings = JSON.readTree(
                Project.root().resolve("nix/kubernetes/api-mappings.json").toFile());
        Map.of(
                        "Pod", "v1",
                        "Deployment", "apps/v1",
                        "CronJob", "batch/v1",
                        "HorizontalPodAutoscaler", "autoscaling/v2",
                        "Ingress", "networking.k8s.io/v1",
                        "CustomResourceDefinition", "apiextensions.k8s.io/v1")
                .forEach((kind, version) ->
                        assertThat(mappings.path(kind).asText()).as(kind).isEqualTo(version));
    }
}
