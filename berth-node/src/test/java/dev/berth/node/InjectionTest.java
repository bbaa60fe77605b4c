package dev.berth.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.linux.DetachedMount;
import dev.berth.linux.LinuxException;
import dev.berth.node.nri.NriException;
import dev.berth.node.nri.NriHandler;
import dev.berth.node.nri.NriRuntime;
import dev.berth.node.nri.v1alpha1.ContainerAdjustment;
import dev.berth.node.nri.v1alpha1.Event;
import dev.berth.testing.RealNix;
import dev.berth.testing.Requires;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Containers get their closures by the agent's handler, its hook program and its socket, in real mount namespaces, by each presentation. */
@ParameterizedClass
@EnumSource(InjectionTest.Shown.class)
class InjectionTest {
    enum Shown {
        COMPOSEFS(PresentationChoice.COMPOSEFS, ContainerPresentation.AUTO),
        FARM(PresentationChoice.HARDLINK, ContainerPresentation.AUTO),
        HARDLINK(PresentationChoice.HARDLINK, ContainerPresentation.AS_VOLUMES);

        final PresentationChoice volumes;
        final ContainerPresentation containers;

        Shown(PresentationChoice volumes, ContainerPresentation containers) {
            this.volumes = volumes;
            this.containers = containers;
        }
    }

    private static final NriRuntime RUNTIME = new NriRuntime("containerd", "v1.7.24", "");
    private static final Duration BUDGET = Duration.ofSeconds(2);

    @TempDir
    private Path dir;

    @Parameter
    private Shown shown = Shown.COMPOSEFS;

    private RealNix nix;
    private String app;
    private TestNode node;
    private FakeContainer container;

    @BeforeEach
    void start() throws IOException {
        Requires.root();
        Requires.program("nsenter");
        nix = new RealNix(dir);
        app = TestNode.closure(nix, "app");
        TestNode.requires(dir, shown.volumes);
        node = TestNode.start(dir, this::settings);
        container = new FakeContainer(dir.toRealPath(), "c1");
    }

    private NodeConfig settings(NodeConfig config) {
        return config.withPresentation(shown.volumes)
                .withNri(NriSettings.of(dir.resolve("nri.sock")).withPresentation(shown.containers));
    }

    @AfterEach
    void stop() {
        if (container != null) {
            container.close();
        }
        if (node != null) {
            node.close();
        }
    }

    private NriHandler agent() {
        return node.agent().nri().orElseThrow();
    }

    private ContainerAdjustment create() throws NriException, InterruptedException {
        return agent().createContainer(container.pod(), container.container(), BUDGET);
    }

    private void removed() {
        container.close();
        agent().containerEvent(Event.REMOVE_CONTAINER, container.pod(), container.container());
        node.assertNothingLeft();
    }

    private String closure() {
        return String.join(
                "\n",
                nix.output("nix-store", "-qR", app)
                        .lines()
                        .map(path -> path.substring("/nix/store/".length()))
                        .sorted()
                        .toList());
    }

    @Test
    void aContainerThatNamesAPathInItsEnvironmentHasTheClosureAndNothingElse() throws Exception {
        container.env("PATH=/bin:" + app + "/bin");
        assertThat(container.hook(create()).end()).isEqualTo("0 ");
        assertThat(container.in("ls @/nix/store | sort")).isEqualTo("0 " + closure());
        assertThat(container.in("ls @/nix")).isEqualTo("0 store\nvar");
        long mounts = shown == Shown.FARM ? 1 + closure().lines().count() : 1;
        assertThat(container.in("grep -c ' @/nix' /proc/self/mountinfo")).isEqualTo("0 " + mounts);
        assertThat(container.in("readlink @/nix/var/result")).isEqualTo("0 " + app);
        assertThat(container.in("cat @" + app + "/lib/so @" + app + "/bin/run"))
                .startsWith("1 ")
                .contains("#!/bin/sh");
        assertThat(container.in("ls @/nix/var/nix/db/db.sqlite")).startsWith("0 ");
        assertThat(container.in("touch @/nix/x")).startsWith("1 ").contains("Read-only");
        assertThat(container.in("touch @" + app + "/x")).startsWith("1 ").contains("Read-only");
        assertThat(container.root().resolve("nix")).isEmptyDirectory();
        nix.verifies("local?root=" + node.root());
        removed();
    }

    @Test
    void aWritableStoreTakesNewPathsAndGoesWithItsContainer() throws Exception {
        container.annotated(Map.of("nixkube/main", app, "berth.dev/pod-rw", "true"));
        assertThat(container.hook(create()).end()).isEqualTo("0 ");
        assertThat(container.in("ls @/nix/store | sort")).isEqualTo("0 " + closure());
        assertThat(container.in(
                        "mkdir @/nix/store/new && echo text > @/nix/store/new/file && cat @/nix/store/new/file"))
                .isEqualTo("0 text");
        assertThat(container.in("echo more > @/nix/var/nix/more")).isEqualTo("0 ");
        assertThat(node.root().resolve("nix/store/new")).doesNotExist();
        nix.verifies("local?root=" + node.root());
        removed();
    }

    /** What is root's is its root's, in the closure and on the way to what it sees elsewhere. */
    @Test
    void aContainerWithUserIdsOfItsOwnHasItsClosureAndWritesToItAsItsRoot() throws Exception {
        withUsers("users");
        container.volume(dir.toRealPath().resolve("volume"), "data");
        Path others = Files.createDirectory(container.root().resolve("others"));
        Files.setAttribute(others, "unix:uid", FakeContainer.ROOT + 1);
        container.annotated(Map.of(
                "berth.dev/pod",
                "/opt/app=" + app + "/etc/data\n/data/app=" + app + "/bin/run\n/others/app=" + app + "/bin/run"));
        assertThat(container.hook(create()).end()).isEqualTo("0 ");
        container.becomeRoot();
        assertThat(container.inside(
                        "/busybox stat -c %u:%g /nix /nix/store " + app + "/bin/run /opt /opt/app /data/app"))
                .isEqualTo("0 " + "0:0\n".repeat(6).strip());
        assertThat(container.inside("/busybox cat /others/app")).isEqualTo("0 #!/bin/sh");
        assertThat(container.inside("/busybox touch /nix/x")).startsWith("1 ").contains("Read-only");
        removed();
        withUsers("writing");
        container.annotated(Map.of("berth.dev/pod", app, "berth.dev/pod-rw", "true"));
        if (shown == Shown.HARDLINK) {
            assertThat(container.hook(create()).end())
                    .startsWith(
                            "1 berth: the container could not write to its /nix, which can't be mounted with the ids");
        } else {
            assertThat(container.hook(create()).end()).isEqualTo("0 ");
            container.becomeRoot();
            assertThat(container.inside("/busybox touch /nix/store/new && /busybox stat -c %u /nix/store/new"))
                    .isEqualTo("0 0");
            assertThat(container.inside("/busybox touch " + app + "/x"))
                    .startsWith("1 ")
                    .contains("Read-only");
        }
        nix.verifies("local?root=" + node.root());
        removed();
    }

    private void withUsers(String id) throws IOException {
        container.close();
        container = new FakeContainer(dir.toRealPath(), id, false);
        try (DetachedMount _ = container.mapped(dir)) {
            // It can be had.
        } catch (LinuxException e) {
            Requires.that(false, "needs a file system that can be mounted with mapped ids: " + e.getMessage());
        }
    }

    @Test
    void filesAndDirectoriesOfTheClosureAreSeenElsewhereAndNoLinkLeadsOut() throws Exception {
        Path outside = Files.createDirectories(dir.toRealPath().resolve("outside"));
        Files.createDirectories(container.root().resolve(Path.of("/").relativize(outside)));
        Files.createSymbolicLink(container.root().resolve("opt"), outside);
        Files.createSymbolicLink(container.root().resolve("up"), Path.of("../../../../../../../.."));
        container.annotated(Map.of(
                "nix-nri/pod-run", "file:/etc/run=" + app + "/bin/run",
                "nix-nri/pod-lib", "dir:/usr/lib/app=" + app + "/lib",
                "berth.dev/main", "/opt/deep/data=" + app + "/etc/data\n/up/top=" + app + "/etc"));
        assertThat(container.hook(create()).end()).isEqualTo("0 ");
        assertThat(container.in("cat @/etc/run")).isEqualTo("0 #!/bin/sh");
        // A link of the closure leads to another of its paths as the container has it.
        assertThat(container.in("cat @/usr/lib/app/so")).isEqualTo("0 lib");
        assertThat(container.in("cat @" + outside + "/deep/data")).isEqualTo("0 leaf app");
        assertThat(container.in("ls @/top")).isEqualTo("0 dangling\ndata\noutside");
        assertThat(container.in("echo x > @/etc/run")).startsWith("1 ").contains("Read-only");
        assertThat(outside).isEmptyDirectory();
        removed();
    }

    @Test
    void aTargetOfAnotherKindAndASourceThatIsNotThereStopTheContainer() throws Exception {
        container.annotated(Map.of("berth.dev/pod", "/etc=" + app + "/bin/run"));
        assertThat(container.hook(create()).end())
                .isEqualTo("1 berth: /etc is a directory in the container's image, and a file is to be mounted on it");
        removed();
        container = new FakeContainer(dir.toRealPath(), "c2").annotated(Map.of("berth.dev/pod", "/x=" + app + "/none"));
        assertThat(container.hook(create()).end())
                .isEqualTo("1 berth: " + app + "/none, which is wanted at /x, is not in the closure");
        removed();
    }

    @Test
    void aContainerWhosePathCannotBeHadDoesNotStart() throws Exception {
        String missing = "/nix/store/00000000000000000000000000000000-missing";
        container.env("A=" + missing);
        assertThat(container.hook(create()).end()).startsWith("1 berth: ").contains(missing);
        removed();
    }

    @Test
    void nonsenseInAnAnnotationIsRefusedInOneLine() {
        container.annotated(Map.of("berth.dev/pod-rw", "perhaps", "berth.dev/pod", app));
        assertThatThrownBy(this::create)
                .isInstanceOf(NriException.class)
                .hasMessage("the annotation berth.dev/pod-rw is neither true nor false");
    }

    @Test
    void containersThatAreExcludedOrHaveAVolumeAreLeftAlone() throws Exception {
        container.env("A=" + app).annotated(Map.of("nixkube/main-exclude", "true"));
        assertThat(create()).isEqualTo(ContainerAdjustment.getDefaultInstance());
        container.annotated(Map.of()).mounted("/data", "/nix/");
        assertThat(create()).isEqualTo(ContainerAdjustment.getDefaultInstance());
        removed();
    }

    @Test
    void aHookOutlivesTheAgentThatItWaitsForAndIsServedByTheNext() throws Exception {
        RealNix source = new RealNix(Files.createDirectories(dir.resolve("source")));
        String path = source.add(Files.writeString(dir.resolve("content"), "content"));
        source.command(
                        "nix",
                        "--extra-experimental-features",
                        "nix-command",
                        "copy",
                        "--to",
                        "file://" + dir + "/cache",
                        path)
                .run();
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            String uri = "http://127.0.0.1:" + silent.getLocalPort();
            node.restart(config -> settings(config).withSubstituters(List.of(uri), List.of()));
            container.env("A=" + path);
            FakeContainer.Running hook = container.hook(create());
            silent.accept().close();
            assertThat(hook.process().isAlive()).isTrue();
            node.restart(config -> settings(config).withSubstituters(List.of("file://" + dir + "/cache"), List.of()));
            assertThat(hook.end()).isEqualTo("0 ");
        }
        assertThat(container.in("cat @" + path)).isEqualTo("0 content");
        removed();
    }

    @Test
    void aHookOfAnUnknownContainerEndsWithTheReason() throws Exception {
        container.env("A=" + app);
        ContainerAdjustment adjustment = create();
        agent().containerEvent(Event.REMOVE_CONTAINER, container.pod(), container.container());
        assertThat(container.hook(adjustment).end())
                .startsWith("1 berth: the node agent knows nothing of this container");
        removed();
    }

    @Test
    void recordsHoldTheClosureAcrossRestartsUntilTheRuntimeHasForgottenTheContainer() throws Exception {
        container.env("A=" + app);
        assertThat(container.hook(create()).end()).isEqualTo("0 ");
        node.restart(this::settings);
        assertThat(TestNode.names(node.state().resolve("containers"))).hasSize(1);
        assertThat(TestNode.names(node.state().resolve("trees"))).hasSize(1);
        agent().synchronize(RUNTIME, List.of(container.pod()), List.of(container.container()));
        assertThat(container.in("cat @" + app + "/bin/run")).isEqualTo("0 #!/bin/sh");
        node.restart(this::settings);
        agent().synchronize(RUNTIME, List.of(), List.of());
        container.close();
        node.assertNothingLeft();
    }

    @Test
    void aContainerThatStillWaitedWhenTheAgentEndedIsForgottenWithItsRuntimesWord() throws Exception {
        container.env("A=/nix/store/00000000000000000000000000000000-missing");
        create();
        node.restart(this::settings);
        assertThat(TestNode.names(node.state().resolve("containers"))).hasSize(1);
        agent().synchronize(RUNTIME, List.of(), List.of());
        node.assertNothingLeft();
    }

    @Test
    void aContainerThatStartedWhileTheAgentWasAwayIsRepaired() throws Exception {
        container.env("A=" + app).becomeRoot();
        agent().synchronize(RUNTIME, List.of(container.pod()), List.of(container.container()));
        long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!container.inside("/busybox cat " + app + "/bin/run").equals("0 #!/bin/sh") && System.nanoTime() < end) {
            Thread.sleep(20);
        }
        assertThat(container.inside("/busybox cat " + app + "/lib/so")).isEqualTo("0 lib");
        container.close();
        agent().podEvent(Event.REMOVE_POD_SANDBOX, container.pod());
        node.assertNothingLeft();
    }

    @Test
    void aContainerThatStartedWithoutIsLeftAloneWhereOnlyReportsAreWanted() throws Exception {
        node.restart(config -> {
            NodeConfig before = settings(config);
            return before.withNri(before.nri().orElseThrow().withRepair(false));
        });
        container.env("A=" + app).becomeRoot();
        agent().synchronize(RUNTIME, List.of(container.pod()), List.of(container.container()));
        assertThat(container.inside("/busybox ls /nix")).startsWith("1 ");
        container.close();
        node.assertNothingLeft();
    }
}
