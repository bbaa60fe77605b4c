package dev.berth.node.events;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.node.pods.PodRef;
import org.junit.jupiter.api.Test;

class EventKeyTest {
    @Test
    void theNameIsTheSameForeverAndAnotherForAnotherPodOrReason() {
        PodRef pod = new PodRef("shop", "web-0", "5d4c7f1e-0000-4000-8000-000000000001");
        // printf %s 5d4c7f1e-0000-4000-8000-000000000001NixVolumeMount | md5sum
        assertThat(EventKey.of(pod, Reason.VOLUME_MOUNT).eventName()).isEqualTo("web-0.76c11140");
        assertThat(EventKey.of(pod, Reason.FETCH).eventName())
                .isNotEqualTo(EventKey.of(pod, Reason.VOLUME_MOUNT).eventName());
        assertThat(EventKey.of(new PodRef("shop", "web-0", "other"), Reason.FETCH)
                        .eventName())
                .isNotEqualTo(EventKey.of(pod, Reason.FETCH).eventName());
    }

    @Test
    void theNameOfALongPodStaysAName() {
        String longest = "a".repeat(243) + "." + "b".repeat(9);
        String name =
                EventKey.of(new PodRef("shop", longest, "uid"), Reason.FETCH).eventName();
        assertThat(name).hasSizeLessThanOrEqualTo(253).matches("a{243}\\.[0-9a-f]{8}");
    }

    @Test
    void everyReasonIsAWordWithThePrefix() {
        for (Reason reason : Reason.values()) {
            assertThat(reason.word()).matches("Nix[A-Z][A-Za-z]+");
            assertThat(reason.action()).isEqualTo(reason.word().substring(3));
        }
    }
}
