package dev.berth.deploy.render;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.nix.StoreDir;
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
        assertThat(rendered.named().values()).containsExactly("ConfigMap shop/colours: data.path");
    }

    @Test
    void theExampleThatIsDeployedRenders() {
        Rendered rendered = new Renderer(
                        new Nix(store, Project.root().resolve("nix"), progress::add), paths -> Set.of())
                .render(Project.root().resolve("examples/shop/shop.nix"), objects -> {});
        assertThat(rendered.objects())
                .extracting(KubeObject::label)
                .containsExactly("Namespace/shop", "Service/web", "Deployment/web");
        assertThat(rendered.settings().discriminator()).contains("shop");
        StorePath shop = rendered.named().navigableKeySet().stream()
                .filter(path -> path.baseName().endsWith("-shop"))
                .findFirst()
                .orElseThrow();
        assertThat(Path.of(store.root() + StoreDir.DEFAULT.print(shop) + "/share/shop/index.html"))
                .hasContent("Open all day.");
        assertThat(Path.of(store.root() + StoreDir.DEFAULT.print(shop) + "/bin/shop"))
                .isExecutable();
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
    void whatModulesRenderedIsReadWithItsSettings() throws IOException {
        Rendered rendered = render("rendered.json", """
                {"apiVersion": "berth.dev/v1", "kind": "RenderedManifest", "deployment": {"discriminator": "shop"},
                 "items": [{"kind": "Pod", "metadata": {"name": "p"}}]}""");
        assertThat(rendered.objects()).extracting(KubeObject::label).containsExactly("Pod/p");
        assertThat(rendered.settings().discriminator()).contains("shop");
        refused(
                "rendered.json",
                "{\"apiVersion\": \"berth.dev/v1\", \"kind\": \"RenderedManifest\", \"deployment\": {\"later\": 1}, \"items\": []}",
                "rendered.json: deployment.later is not known");
    }

    @Test
    void aPartOfAFileIsTaken() throws IOException {
        Path file = Files.writeString(
                directory.resolve("parts.nix"), "{ all ? true }: { a.b = { " + POD + " }; c = { " + POD + " }; }");
        Renderer renderer =
                new Renderer(new Nix(store, Project.root().resolve("nix"), progress::add), paths -> Set.of());
        assertThat(renderer.render(new ManifestSource.OfFile(file, "a.b"), Set.of(), objects -> {})
                        .objects())
                .hasSize(1);
        assertThatThrownBy(() -> renderer.render(new ManifestSource.OfFile(file, "a.x"), Set.of(), objects -> {}))
                .isInstanceOf(RenderException.class)
                .hasMessageContaining("there is no attribute 'x' (of 'a.x'); there are b")
                .hasMessageNotContaining("\n");
    }

    private Rendered renderFlake(String reference, String... systems) {
        return new Renderer(new Nix(store, Project.root().resolve("nix"), progress::add), paths -> Set.of())
                .render(ManifestSource.OfFlake.parse(reference), Set.of(systems), objects -> {});
    }

    @Test
    void anOutputOfAFlakeIsTaken() throws IOException {
        Path flake = Files.createDirectory(directory.resolve("flake"));
        Files.writeString(flake.resolve("flake.nix"), """
                { outputs = _: {
                  berth.x86_64-linux.shop = { kubernetes.objects.shop.ConfigMap.first.data.a = "b"; };
                  berth.aarch64-linux = { inherit (_.self.berth.x86_64-linux) shop; };
                  legacyPackages.x86_64-linux = { shop = { }; deep.default = { %1$s }; };
                  legacyPackages.aarch64-linux = { inherit (_.self.legacyPackages.x86_64-linux) shop deep; };
                  packages.x86_64-linux.built = %2$s;
                  packages.aarch64-linux.built = %2$s;
                  default = [ { %1$s x = ./data; } ];
                }; }
                """.formatted(
                        POD, BUILD.replace("builtins.currentSystem", "\"x86_64-linux\"")));
        Files.writeString(flake.resolve("data"), "d");
        String reference = "path:" + flake;
        assertThat(renderFlake(reference + "#shop").objects())
                .extracting(KubeObject::label)
                .containsExactly("ConfigMap/first");
        assertThat(renderFlake(reference + "#deep.default").objects())
                .extracting(KubeObject::label)
                .containsExactly("Pod/p");
        assertThat(renderFlake(flake.toString()).named().values()).containsExactly("Pod/p: x");
        assertThatThrownBy(() -> renderFlake(reference + "#absent"))
                .isInstanceOf(RenderException.class)
                .hasMessageContaining("the flake has none of berth.")
                .hasMessageContaining("packages.")
                .hasMessageContaining("its outputs are berth, default, legacyPackages, packages")
                .hasMessageNotContaining("\n");
        assertThatThrownBy(() -> renderFlake(reference + "#built"))
                .hasMessageContaining("'built' is a package (b), not a manifest");
        assertThatThrownBy(() -> renderFlake("#built")).hasMessageContaining("names no flake");
    }

    @Test
    void otherSystemsAreLeftOutOnRequestAndRefusedByNameElse() throws IOException {
        String pod = """
                { %s spec.volumes = [ { name = "nix"; csi = { driver = "csi.berth.dev"; volumeAttributes = {
                  x86_64-linux = %s; aarch64-linux = %s; mode = "x"; }; }; } ]; }
                """.formatted(POD, built("x86_64-linux"), built("aarch64-linux"));
        String other = System.getProperty("os.arch").equals("amd64") ? "aarch64-linux" : "x86_64-linux";
        String own = other.equals("aarch64-linux") ? "x86_64-linux" : "aarch64-linux";
        refused("both.nix", pod, "Pod/p: spec.volumes[0].csi.volumeAttributes." + other + " names /nix/store/");
        Path file = Files.writeString(directory.resolve("both.nix"), pod);
        Renderer renderer =
                new Renderer(new Nix(store, Project.root().resolve("nix"), progress::add), paths -> Set.of());
        ManifestSource source = new ManifestSource.OfFile(file, "");
        Rendered rendered = renderer.render(source, Set.of(own), objects -> {});
        assertThat(rendered.named().values()).containsExactly("Pod/p: spec.volumes[0].csi.volumeAttributes." + own);
        assertThat(rendered.objects()
                        .getFirst()
                        .json()
                        .at("/spec/volumes/0/csi/volumeAttributes")
                        .properties())
                .extracting(java.util.Map.Entry::getKey)
                .containsExactlyInAnyOrder(own, "mode");
        // The same of a file that Nix has nothing to do with.
        Path json = Files.writeString(
                directory.resolve("both.json"),
                ManifestWriter.json(rendered.objects())
                        .replace("\"mode\"", "\"" + other + "\": \"/nix/store/" + "0".repeat(32) + "-x\", \"mode\""));
        assertThat(renderer.render(new ManifestSource.OfFile(json, ""), Set.of(own), objects -> {})
                        .named())
                .isEqualTo(rendered.named());
        assertThatThrownBy(() -> renderer.render(source, Set.of("riscv64-linux"), objects -> {}))
                .hasMessageContaining(
                        "Pod/p: spec.volumes[0].csi.volumeAttributes is for aarch64-linux, x86_64-linux alone");
        assertThatThrownBy(() -> renderer.render(source, Set.of("x86"), objects -> {}))
                .hasMessageContaining("'x86' is no system");
    }

    private static String built(String system) {
        return BUILD.replace("builtins.currentSystem", "\"" + system + "\"");
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
        refused("e.nix", "{ kind = throw \"my words\"; }", "my words");
        refused("e.nix", "{ kind = x: x; }", "cannot convert a function to JSON");
        refused(
                "e.nix",
                "{ " + POD + " x = " + BUILD.replace("echo hi > $out", "echo oops; exit 3") + "; }",
                "Pod/p: x names /nix/store/");
        refused(
                "e.nix",
                "{ " + POD + " good = " + BUILD + "; x = builtins.substring 0 9 \"${"
                        + BUILD.replace("echo hi > $out", "echo oops; exit 3") + "}\"; }",
                "cannot realise what");
        assertThat(progress).anyMatch(line -> line.contains("oops"));
    }

    @Test
    void whatIsNeitherObjectNorModuleIsToldWhatThereIs() {
        refused("e.nix", "{ app = 1; lib = 2; }", "no module, as it has none of kubernetes,");
        refused("e.nix", "{ app = 1; lib = 2; }", "it has app, lib, one of which -A can choose");
        refused("e.nix", "{ }", "it is empty");
        refused("e.nix", "{ apiVersion = \"v1\"; metadata.name = \"a\"; }", "has no kind");
        refused("e.nix", "{ assertions = [ { assertion = false; message = \"no till\"; } ]; }", "no till");
        refused("e.nix", "{ deployment.enable = true; }", "commits nothing to branches");
    }

    @Test
    void onRequestTheWayToAnErrorIsTold() throws IOException {
        Path file = Files.writeString(directory.resolve("e.nix"), "let f = x: x.kind; in { kind = f 1; }");
        Nix nix = new Nix(store, Project.root().resolve("nix"), progress::add);
        assertThatThrownBy(() -> new Renderer(nix.tracing(), _ -> Set.of()).render(file, _ -> {}))
                .hasMessageContaining("a set was expected")
                .hasMessageNotContaining("\n");
        assertThat(progress).anyMatch(line -> line.matches(".*while evaluating .*'?f'?.*|.*from call site.*"));
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
