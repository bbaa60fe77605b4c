package dev.berth.node.events;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.node.pods.Pod;
import dev.berth.node.pods.PodRef;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PodAdviceTest {
    private static final PodRef REF = new PodRef("shop", "web-0", "uid-1");
    private static final Pod.Volume VOLUME = new Pod.Volume("nix", "csi.berth.dev");
    private static final Pod.Mount RIGHT = new Pod.Mount("nix", "/nix", "nix");

    private final RecordedEvents events = new RecordedEvents();
    private final PodAdvice advice = advice(false);

    private PodAdvice advice(boolean injects) {
        return new PodAdvice("csi.berth.dev", Set.of("csi.berth.dev", "nixkube"), events, injects);
    }

    private static Pod pod(List<Pod.Volume> volumes, Pod.Container... containers) {
        return new Pod(REF, false, true, List.of(), volumes, List.of(containers));
    }

    private static Pod.Container container(String name, boolean namesPaths, Pod.Mount... mounts) {
        return new Pod.Container(name, namesPaths, List.of(mounts));
    }

    @Test
    void whatIsRightIsNotSpokenOf() {
        assertThat(advice.on(pod(
                        List.of(VOLUME),
                        container("main", true, RIGHT),
                        container("store", true, new Pod.Mount("nix", "/nix/store/", "nix/store/")),
                        container("certificates", false, new Pod.Mount("nix", "/etc/ssl", "etc/ssl")),
                        container("other", false, new Pod.Mount("data", "/data", "")))))
                .isEmpty();
    }

    @Test
    void podsWithoutOurVolumesAreNotOurs() {
        assertThat(advice.on(pod(
                        List.of(new Pod.Volume("nix", "secrets.example")),
                        container("main", true, new Pod.Mount("nix", "/nix", "")))))
                .isEmpty();
    }

    @Test
    void aMissingSubPathIsNamedWithItsContainer() {
        List<PodAdvice.Advice> given = advice.on(pod(
                List.of(VOLUME),
                container("main", true, new Pod.Mount("nix", "/nix/", "")),
                container("init", false, new Pod.Mount("nix", "/nix", "store")),
                container("fine", false, RIGHT)));
        assertThat(given).singleElement().satisfies(one -> {
            assertThat(one.reason()).isEqualTo(Reason.MISSING_SUB_PATH);
            assertThat(one.note())
                    .contains("container main", "container init", "subPath: nix")
                    .doesNotContain("fine");
        });
    }

    @Test
    void containersThatNameStorePathsAndMountNothingAreNamedUnlessTheyGetThemAnyway() {
        Pod pod = pod(
                List.of(VOLUME),
                container("main", true, RIGHT),
                container("worker", true, new Pod.Mount("nix", "/data", "")),
                container("shell", false));
        assertThat(advice(true).on(pod)).isEmpty();
        List<PodAdvice.Advice> given = advice.on(pod);
        assertThat(given).singleElement().satisfies(one -> {
            assertThat(one.reason()).isEqualTo(Reason.MISSING_NIX_MOUNT);
            assertThat(one.note()).contains("/nix: worker;").doesNotContain("main", "shell");
        });
    }

    @Test
    void anOldDriverNameIsNamed() {
        assertThat(advice.on(pod(List.of(VOLUME, new Pod.Volume("old", "nixkube")))))
                .singleElement()
                .satisfies(one -> {
                    assertThat(one.reason()).isEqualTo(Reason.DEPRECATED_DRIVER_NAME);
                    assertThat(one.note()).contains("volume old names the driver nixkube", "csi.berth.dev");
                });
    }

    @Test
    void aPodIsAdvisedOnce() {
        Pod wrong = pod(List.of(VOLUME), container("main", true));
        advice.give(REF, wrong);
        advice.give(REF, wrong);
        assertThat(events.notes(Reason.MISSING_NIX_MOUNT)).hasSize(1);
        advice.give(new PodRef("shop", "web-0", "uid-2"), wrong);
        assertThat(events.notes(Reason.MISSING_NIX_MOUNT)).hasSize(2);
    }
}
