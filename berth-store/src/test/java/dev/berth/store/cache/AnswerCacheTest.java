package dev.berth.store.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.nix.NarInfo;
import dev.berth.nix.PathInfo;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarSource;
import dev.berth.store.Trees;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** What is believed of a cache's answers, and how long. */
class AnswerCacheTest {
    private static final StorePath PART = Samples.path("part", 1);
    private static final StorePath OTHER = Samples.path("other", 2);
    private static final StorePath TOP = Samples.path("top", 3);

    private final AnswerCache answers = new AnswerCache(Duration.ofHours(1), Duration.ofHours(1));

    private static NarInfo info(StorePath path, StorePath... references) {
        NarSource tree = Samples.tree(1, 100);
        PathInfo info = Trees.info(path, tree, List.of(references));
        return new NarInfo(info, "nar/x.nar", "none", Optional.empty(), OptionalLong.empty());
    }

    private Optional<Boolean> present(StorePath path) {
        return answers.get(path.hashPart()).map(answer -> answer.info().isPresent());
    }

    @Test
    void presentAndAbsentAnswersAreBelieved() {
        answers.put(PART.hashPart(), Optional.empty());
        answers.put(TOP.hashPart(), Optional.of(info(TOP)));
        assertThat(present(PART)).contains(false);
        assertThat(present(TOP)).contains(true);
        assertThat(present(OTHER)).isEmpty();
        answers.remove(TOP.hashPart());
        assertThat(present(TOP)).isEmpty();
    }

    @Test
    void theLastAnswerCounts() {
        answers.put(PART.hashPart(), Optional.empty());
        answers.put(PART.hashPart(), Optional.of(info(PART)));
        assertThat(present(PART)).contains(true);
        answers.put(PART.hashPart(), Optional.empty());
        assertThat(present(PART)).contains(false);
    }

    @Test
    void whatAFoundPathNeedsIsNotBelievedAbsentAnyMore() {
        answers.put(PART.hashPart(), Optional.empty());
        answers.put(OTHER.hashPart(), Optional.empty());
        answers.put(TOP.hashPart(), Optional.of(info(TOP, PART)));
        assertThat(present(PART)).isEmpty();
        assertThat(present(OTHER)).contains(false);
    }

    @Test
    void anAnswerEndsWithItsLifetime() throws InterruptedException {
        AnswerCache brief = new AnswerCache(Duration.ofHours(1), Duration.ofNanos(1));
        brief.put(PART.hashPart(), Optional.empty());
        Thread.sleep(1);
        assertThat(brief.get(PART.hashPart())).isEmpty();
    }
}
