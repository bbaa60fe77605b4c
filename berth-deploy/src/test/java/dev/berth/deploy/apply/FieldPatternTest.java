package dev.berth.deploy.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.nix.FormatException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FieldPatternTest {
    private static final FieldPath IMAGE = FieldPath.ROOT
            .field("spec")
            .field("template")
            .field("spec")
            .field("containers")
            .element(1, "web")
            .field("image");

    @ParameterizedTest
    @CsvSource({
        "spec, true",
        ".spec.template, true",
        "$.spec.template.spec.containers[1].image, true",
        "spec.template.spec.containers[*].image, true",
        "spec.template.spec.containers[0].image, false",
        "spec.*.spec, true",
        "spec..image, true",
        "..containers, true",
        "spec..replicas, false",
        "spec.template.spec.containers[1].image.tag, false",
        "status, false",
    })
    void matchesAFieldAndAllBelowIt(String pattern, boolean matches) {
        assertThat(FieldPattern.parse(pattern).matches(IMAGE)).isEqualTo(matches);
    }

    @Test
    void takesNamesWithDotsInQuotes() {
        FieldPath label = FieldPath.ROOT.field("metadata").field("labels").field("a.b/c");
        assertThat(FieldPattern.parse("metadata.labels[\"a.b/c\"]").matches(label))
                .isTrue();
        assertThat(FieldPattern.parse("metadata.labels['a.b/c']").matches(label))
                .isTrue();
        assertThat(FieldPattern.parse("metadata.labels.a.b/c").matches(label)).isFalse();
        assertThat(label).hasToString("metadata.labels[\"a.b/c\"]");
        assertThat(IMAGE).hasToString("spec.template.spec.containers[web].image");
        assertThat(IMAGE.indexed()).isEqualTo("spec.template.spec.containers[1].image");
    }

    @ParameterizedTest
    @CsvSource({"''", "$", "spec..", "a[?(@.b)]", "a[", "a[99999999999]"})
    void refusesWhatItDoesNotKnow(String pattern) {
        assertThatThrownBy(() -> FieldPattern.parse(pattern)).isInstanceOf(FormatException.class);
    }
}
