package dev.berth.nix.nar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.testing.Command;
import dev.berth.testing.Project;
import dev.berth.testing.Requires;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Nix's own NARs (unit tests of libutil). */
final class NarGoldenTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "dot | NAR contains invalid file name '.' at byte 128",
                "dotdot | NAR contains invalid file name '..' at byte 128",
                "empty | NAR contains invalid file name '' at byte 128",
                "nul-character | NAR contains invalid file name 'f?o' at byte 128",
                "slash | NAR contains invalid file name 'x/y' at byte 128",
                // Nix before 2.24 took the mark on either side of the contents; then one tree had two NARs.
                "executable-after-contents | expected tag ')' at byte 240 of the NAR, got 'executable'",
                "invalid-tag-instead-of-contents | expected tag 'contents' at byte 72 of the NAR, got 'AAAAAAAA'",
                "name-after-node | expected tag 'name' at byte 112 of the NAR, got 'node'",
                "regular-one-byte-non-zero-padding | NAR has non-zero padding at byte 97",
                "regular-truncated-large-contents | NAR has a file of 18446744073709551615 bytes at byte 88, more than a file can have",
                "regular-truncated-padding | NAR is truncated: it ends at byte 100",
            })
    void refuses(String name, String message) throws IOException {
        Path file = Project.golden().resolve("util/nars/" + name + ".nar");
        try (InputStream in = Files.newInputStream(file)) {
            assertThatThrownBy(() -> NarReader.whole(in).sendTo(new EventLog()))
                    .isInstanceOf(NarException.class)
                    .hasMessage(message);
        }
    }

    @Test
    void acceptsZeroPaddingAndWritesItAgain() throws IOException {
        Path file = Project.golden().resolve("util/nars/regular-one-byte-zero-padding.nar");
        ByteArrayOutputStream again = new ByteArrayOutputStream();
        EventLog log = new EventLog();
        try (InputStream in = Files.newInputStream(file)) {
            NarReader.whole(in).sendTo(new TeeSink(log, new NarWriter(again)));
        }
        assertThat(log.events()).containsExactly("file 1", "contents x");
        assertThat(again.toByteArray()).isEqualTo(Files.readAllBytes(file));
    }

    @Test
    void refusesWhatTheRealNixRefuses(@TempDir Path directory) throws IOException {
        Requires.program("nix-store");
        try (Stream<Path> files = Files.list(Project.golden().resolve("util/nars"))) {
            for (Path file : files.toList()) {
                // Nix 2.8 takes the mark on either side of the contents; from 2.24 on it refuses it.
                if (file.endsWith("executable-after-contents.nar")) {
                    continue;
                }
                Path target = directory.resolve(file.getFileName().toString());
                int theirs = Command.of("sh", "-c", "nix-store --restore \"$1\" < \"$2\"", "sh", "" + target, "" + file)
                        .run()
                        .exitCode();
                boolean ours = true;
                try (InputStream in = Files.newInputStream(file)) {
                    NarReader.whole(in).sendTo(new EventLog());
                } catch (NarException e) {
                    ours = false;
                }
                assertThat(ours).as(file.toString()).isEqualTo(theirs == 0);
            }
        }
    }

    @Test
    void listsNixsOwnTreeInMemoryAsNixDoes() throws IOException {
        ObjectMapper json = new ObjectMapper();
        JsonNode tree =
                json.readTree(Files.readAllBytes(Project.golden().resolve("util/memory-source-accessor/complex.json")));
        ByteArrayOutputStream listing = new ByteArrayOutputStream();
        tell(tree, new NarListingWriter(listing));
        JsonNode ours = json.readTree(listing.toByteArray()).get("root");
        JsonNode theirs = json.readTree(Files.readAllBytes(Project.golden().resolve("util/nar-listing/deep.json")));
        // Theirs is of a tree that is no NAR, and of a newer Nix, which says of every file whether it is executable.
        for (JsonNode file : ours.findParents("size")) {
            ((ObjectNode) file).remove("narOffset");
            if (!file.has("executable")) {
                ((ObjectNode) file).put("executable", false);
            }
        }
        assertThat(ours).isEqualTo(theirs);
    }

    private static void tell(JsonNode node, NarSink sink) throws IOException {
        switch (node.get("type").asText()) {
            case "directory" -> {
                sink.startDirectory();
                for (var entry : node.get("entries").properties()) {
                    sink.entry(entry.getKey().getBytes(StandardCharsets.UTF_8));
                    tell(entry.getValue(), sink);
                }
                sink.endDirectory();
            }
            case "regular" -> {
                byte[] contents = node.get("contents").asText().getBytes(StandardCharsets.UTF_8);
                sink.startFile(node.get("executable").asBoolean(), contents.length);
                sink.contents(contents, 0, contents.length);
                sink.endFile();
            }
            default -> sink.symlink(node.get("target").asText().getBytes(StandardCharsets.UTF_8));
        }
    }

    @Test
    void knowsEveryFileThatIsThere() throws IOException {
        Set<String> names = new TreeSet<>();
        try (Stream<Path> files = Files.list(Project.golden().resolve("util/nars"))) {
            files.forEach(file -> names.add(file.getFileName().toString()));
        }
        assertThat(names).hasSize(12);
    }
}
