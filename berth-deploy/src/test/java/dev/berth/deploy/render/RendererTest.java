package dev.berth.deploy.render;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.nix.StorePath;
import dev.berth.testing.Project;
import dev.berth.testing.Requires;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files rendered by the real Nix, on a chroot store of its own. */
class RendererTest {
    private static final String POD = "apiVersion = \"v1\"; kind = \"Pod\"; metadata.name = \"p\";";
    private static final String BUILD =
            "derivation { name = \"b\"; system = builtins.currentSystem; builder = \"/bin/sh\";"
                    + " args = [ \"-c\" \"echo hi > $out\" ]; }";

    @TempDir
    private Path directory;

    private final List<String> progress = new ArrayList<>();
    private NixStore store = new NixStore(Path.of("/"), List.of());

    @BeforeEach
    void needs() {
        Requires.root();
        Requires.program("nix-instantiate");
        List<String> options =
                new ArrayList<>(NixStore.privateTo(directory.resolve("a b%")).options());
        options.addAll(List.of("--option", "substitute", "false"));
        store = new NixStore(directory.resolve("a b%"), options);
    }

    private Rendered render(String name, String text) throws IOException {
        Path file = Files.writeString(directory.resolve(name), text);
        return new Renderer(new Nix(store, Project.root().resolve("nix"), progress::add), paths -> Set.of())
                .render(file, objects -> {});
    }

    private void refused(String name, String text, String message) {
        assertThatThrownBy(() -> render(name, text))
                .isInstanceOf(RenderException.class)
                .hasMessageContaining(message)
                .hasMessageNotContaining("\n");
    }

    @Test
    void aModuleIsEvaluatedWithTheModulesOfBerth() throws IOException {
        Rendered rendered = render("shop.nix", """
                { lib, ... }: { kubernetes.resources.shop = {
                  ConfigMap.colours.data.path = "${%s}";
                  Secret.till = lib.mkIf false { };
                }; }
                """.formatted(BUILD));
        assertThat(rendered.objects()).extracting(KubeObject::label).containsExactly("ConfigMap/colours");
        assertThat(rendered.objects().getFirst().namespace()).isEqualTo("shop");
        assertThat(rendered.named().values()).containsExactly("ConfigMap/colours: data.path");
    }

    @Test
    void aFileMayCallTheModulesItself() throws IOException {
        String call = "import " + Project.root().resolve("nix") + " { modules = [ ./object.nix ]; }";
        Files.writeString(directory.resolve("object.nix"), "{ kubernetes.objects.none.Namespace.shop = { }; }");
        assertThat(render("call.nix", call).objects())
                .extracting(KubeObject::label)
                .containsExactly("Namespace/shop");
        assertThat(render("call-function.nix", "{ unused ? 1 }: " + call).objects())
                .extracting(KubeObject::label)
                .containsExactly("Namespace/shop");
    }

    @Test
    void whatAModuleSaysOfItsDeploymentIsRead() throws IOException {
        Rendered rendered = render("shop.nix", """
                { kluctl = {
                  discriminator = "shop";
                  preDeployScript = "${%s}/run";
                  resourcePriority.Shop = 7;
                  pushManifest = { enable = true; to = "ssh://root@cache"; };
                };
                kubernetes.objects.shop.ConfigMap.colours.data.a = "b"; }
                """.formatted(BUILD));
        DeploymentSettings settings = rendered.settings();
        assertThat(settings.discriminator()).contains("shop");
        assertThat(settings.cache().pushTo()).containsExactly("ssh://root@cache");
        assertThat(settings.cache().assertCached()).containsExactly("ssh://root@cache");
        assertThat(settings.resourcePriority()).containsEntry("Shop", 7).containsEntry("Namespace", 20);
        // What a script names is built, but belongs to no pod.
        String program = settings.scripts().preDeployScript().strip().replaceFirst("/run$", "");
        assertThat(Path.of(store.root() + program)).hasContent("hi\n");
        assertThat(rendered.named()).isEmpty();
        assertThat(render("object.json", "{\"kind\":\"Pod\",\"metadata\":{\"name\":\"p\"}}")
                        .settings())
                .isEqualTo(DeploymentSettings.NONE);
    }

    @Test
    void aPartOfAFileIsTaken() throws IOException {
        Path file = Files.writeString(
                directory.resolve("parts.nix"), "{ all ? true }: { a.b = { " + POD + " }; c = { " + POD + " }; }");
        Renderer renderer =
                new Renderer(new Nix(store, Project.root().resolve("nix"), progress::add), paths -> Set.of());
        assertThat(renderer.render(file, "a.b", objects -> {}).objects()).hasSize(1);
        assertThatThrownBy(() -> renderer.render(file, "a.x", objects -> {}))
                .isInstanceOf(RenderException.class)
                .hasMessageContaining("there is no attribute 'x' (of 'a.x'); there are b")
                .hasMessageNotContaining("\n");
    }

    @Test
    void aMistakeInAModuleNamesOptionAndFile() {
        refused("wrong.nix", "{ kubernetes.objects.shop.Shop.a = { }; }", "no apiVersion is known for the kind");
        refused(
                "twice.nix",
                "{ imports = [ { kubernetes.objects.a.Secret.b.type = \"x\"; } { kubernetes.objects.a.Secret.b.type = \"y\"; } ]; }",
                "twice.nix");
    }

    @Test
    void whatIsWrittenReadsTheSame() throws IOException {
        Rendered rendered = render("odd.json", """
                {"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"odd"},
                 "data":{"y":"no","a b":"0644","u":"\\u00e9\\n\\u2028'\\"","e":"","n":null,"l":[[],[{}],[[1,{"x":1.5e3,"z":true}]]],"o":{}}}""");
        String json = ManifestWriter.json(rendered.objects());
        String yaml = ManifestWriter.yaml(rendered.objects());
        String object = rendered.objects().getFirst().json().toString();
        assertThat(render("again.json", json).objects()).singleElement().hasToString(show(object));
        assertThat(render("again.yaml", yaml).objects()).singleElement().hasToString(show(object));
    }

    private static String show(String json) {
        return "KubeObject[kind=ConfigMap, name=odd, namespace=default, json=" + json + "]";
    }

    @Test
    void whatStringsReferToIsBuilt() throws IOException {
        Rendered rendered = render("pod.nix", "{ b ? " + BUILD + " }: [ { " + POD + " x = \"run ${b}.\"; } ]");
        assertThat(rendered.objects()).extracting(KubeObject::label).containsExactly("Pod/p");
        assertThat(rendered.named().values()).containsExactly("Pod/p: x");
        StorePath path = rendered.named().firstKey();
        assertThat(path.name()).isEqualTo("b");
        assertThat(store.root().resolve("nix/store").resolve(path.baseName())).hasContent("hi\n");
        assertThat(Path.of("/nix/store").resolve(path.baseName())).doesNotExist();
    }

    @Test
    void pathsAndListsAndFunctionsAreTaken() throws IOException {
        Files.writeString(directory.resolve("data"), "d");
        Rendered rendered = render(
                "list.nix",
                "{ kind = \"List\"; apiVersion = \"v1\"; items = [ { " + POD + " y = ./data; } { kind = \"ConfigMap\";"
                        + " metadata.generateName = \"c-\"; data.k = builtins.toFile \"key\" \"\"; } ]; }");
        assertThat(rendered.objects()).extracting(KubeObject::label).containsExactly("Pod/p", "ConfigMap/c");
        assertThat(rendered.named().keySet()).extracting(StorePath::name).containsExactlyInAnyOrder("data", "key");
    }

    @Test
    void discardedContextIsFetchedOrNamed() throws IOException {
        String path = "/nix/store/00000000000000000000000000000000-nobody";
        refused(
                "n.nix",
                "{ " + POD + " spec.c = [ { x = \"" + path + "/bin/x\"; } ]; }",
                "Pod/p: spec.c[0].x names " + path);
        refused(
                "n.json",
                "{\"kind\":\"Pod\",\"metadata\":{\"name\":\"p\"},\"a\":\"" + path + "\"}",
                "Pod/p: a names " + path);
        StorePath there =
                render("f.nix", "{ " + POD + " x = " + BUILD + "; }").named().firstKey();
        assertThat(render("y.yaml", "{kind: Pod, metadata: {name: p}, x: 'see /nix/store/" + there + ".'}")
                        .named())
                .containsOnlyKeys(there);
    }

    @Test
    void nixErrorsAreOneLineWithTheirPosition() {
        refused("e.nix", "{ kind = \"Pod\";\n  metadata.name = foo; }", "e.nix:2:19: undefined variable 'foo'");
        refused("e.nix", "{ kind = \"Pod\"\n}", "e.nix:2:1: syntax error");
        refused("e.nix", "{ y }: 1", "without required argument 'y'");
        refused("e.nix", "{ a = throw \"my words\"; }", "my words");
        refused("e.nix", "{ a = x: x; }", "cannot convert a function to JSON");
        refused(
                "e.nix",
                "{ " + POD + " x = " + BUILD.replace("echo hi > $out", "echo oops; exit 3") + "; }",
                "cannot realise what");
        assertThat(progress).anyMatch(line -> line.contains("oops"));
    }

    @Test
    void otherErrorsNameFileAndPlace() {
        refused("j.json", "{\"kind\": \"Pod\",\n \"kind\": 1}", "j.json:2:");
        refused("j.json", "{\"kind\": \"Pod\"\n", "j.json:2:");
        refused("j.json", "{} {}", "j.json:1:");
        refused("j.json", "[".repeat(1000), "j.json: Document nesting depth");
        refused("j.json", "", "empty");
        refused("j.json", "[1]", "j.json: item 1 is a number, not a Kubernetes object");
        refused("j.yaml", "kind: Pod\n---\nmetadata: {name: x}\n", "j.yaml: document 1 (Pod) has no metadata.name");
        refused("j.yaml", "kind: Pod\nmetadata: {name: ../x}\n", "metadata.name is not a name");
        refused("j.yaml", "# nothing\n", "no Kubernetes object");
        refused("j.txt", "", "its name ends in none of");
    }
}
