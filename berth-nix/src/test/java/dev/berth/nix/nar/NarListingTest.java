package dev.berth.nix.nar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.berth.testing.Project;
import dev.berth.testing.RealNix;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class NarListingTest {
    @TempDir
    Path directory;

    @Test
    void readsNixsOwnTree() throws IOException {
        Log log = new Log();
        try (InputStream in = Files.newInputStream(Project.golden().resolve("util/nar-listing/deep.json"))) {
            NarListing.readTree(in, log);
        }
        assertThat(log.events)
                .containsExactly(
                        "directory",
                        "entry bar",
                        "directory",
                        "entry baz",
                        "file true 19 OptionalLong.empty",
                        "entry quux",
                        "symlink /over/there",
                        "end",
                        "entry foo",
                        "file false 15 OptionalLong.empty",
                        "end");
    }

    @Test
    void refusesATreeThatStopsAtOneDirectory() throws IOException {
        try (InputStream in = Files.newInputStream(Project.golden().resolve("util/nar-listing/shallow.json"))) {
            assertThatThrownBy(() -> NarListing.readTree(in, new Log()))
                    .isInstanceOf(NarException.class)
                    .hasMessageStartingWith("NAR listing has a node without a type");
        }
    }

    @Test
    void agreesWithTheRealNix() throws IOException {
        RealNix nix = new RealNix(directory);
        Path tree = directory.resolve("tree");
        Files.createDirectories(tree.resolve("d/empty"));
        Files.writeString(tree.resolve("a"), "hi\n");
        Files.writeString(tree.resolve("d/x"), "#!/bin/sh\n");
        assertThat(tree.resolve("d/x").toFile().setExecutable(true)).isTrue();
        Files.createFile(tree.resolve("zero"));
        Files.createSymbolicLink(tree.resolve("d/l"), Path.of("../a"));
        String path = nix.add(tree);
        Path cache = directory.resolve("cache");
        nix.output("nix", "copy", "--to", "file://" + cache + "?write-nar-listing=true", path);
        byte[] theirs;
        try (Stream<Path> files = Files.list(cache)) {
            theirs = Files.readAllBytes(files.filter(file -> file.toString().endsWith(".ls"))
                    .findFirst()
                    .orElseThrow());
        }
        byte[] nar = nix.command("nix-store", "--dump", path.replace("/nix/store", nix.root() + "/nix/store"))
                .succeed()
                .stdoutBytes();
        ByteArrayOutputStream ours = new ByteArrayOutputStream();
        NarReader.whole(new ByteArrayInputStream(nar)).sendTo(new NarListingWriter(ours));

        ObjectMapper json = new ObjectMapper();
        assertThat(json.readTree(ours.toByteArray())).isEqualTo(json.readTree(theirs));
        Log fromTheirs = new Log();
        NarListing.read(new ByteArrayInputStream(theirs), fromTheirs);
        Log fromOurs = new Log();
        NarListing.read(new ByteArrayInputStream(ours.toByteArray()), fromOurs);
        assertThat(fromOurs.events).isEqualTo(fromTheirs.events).contains("file true 10 OptionalLong[952]");
    }

    @Test
    void writesTheBytesThatNix226Writes() throws IOException {
        // mkdir t; ln -s 'a\"/' t/k; ln -s $'é\nx' t/l; : > t/x; chmod +x t/x; nix store add-path t, and then
        // nix copy --to 'file://DIR?write-nar-listing=true' of that with Nix 2.26.3.
        String expected = """
                {"root":{"entries":{"k":{"target":"a\\\\\\"/","type":"symlink"},\
                "l":{"target":"é\\nx","type":"symlink"},\
                "x":{"executable":true,"narOffset":648,"size":0,"type":"regular"}},\
                "type":"directory"},"version":1}""";
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        NarListingWriter writer = new NarListingWriter(out);
        writer.startDirectory();
        writer.entry(new byte[] {'k'});
        writer.symlink("a\\\"/".getBytes(StandardCharsets.UTF_8));
        writer.entry(new byte[] {'l'});
        writer.symlink("é\nx".getBytes(StandardCharsets.UTF_8));
        writer.entry(new byte[] {'x'});
        writer.startFile(true, 0);
        writer.endFile();
        writer.endDirectory();
        assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "`` | is no object",
                "[] | is no object",
                "{\"root\":{\"type\":\"regular\",\"size\":1}} | has no version",
                "{\"version\":1} | has no root",
                "{\"version\":2,\"root\":{}} | is not of version 1",
                "{\"version\":1,\"root\":{\"type\":\"regular\",\"size\":9223372036854775807}} | has a field 'size' that is no size",
                "{\"version\":1,\"root\":{\"type\":\"regular\",\"size\":92233720368547758070}} | has a field 'size' that is no size",
                "{\"version\":1,\"root\":{\"type\":\"regular\",\"size\":-1}} | has a field 'size' that is no size",
                "{\"version\":1,\"root\":{\"type\":\"regular\",\"size\":1e3}} | has a field 'size' that is no size",
                "{\"version\":1,\"root\":{\"type\":\"regular\"}} | has a file without a size",
                "{\"version\":1,\"root\":{\"type\":\"fifo\"}} | has a node of unknown type 'fifo'",
                "{\"version\":1,\"root\":{\"type\":\"symlink\"}} | has a symlink without a target",
                "{\"version\":1,\"root\":{\"type\":\"symlink\",\"target\":\"a\\u0000\"}} | has a symlink target that is empty, too long or has a NUL",
                "{\"version\":1,\"root\":{\"type\":\"directory\"}} | has entries in what is no directory, or a directory without",
                "{\"version\":1,\"root\":{\"entries\":{},\"entries\":{}}} | has a field 'entries' twice",
                "{\"version\":1,\"root\":{\"entries\":{\"a/b\":{}}}} | contains invalid file name 'a/b'",
                "{\"version\":1,\"root\":{\"entries\":{\"..\":{}}}} | contains invalid file name '..'",
                "{\"version\":1,\"root\":{\"entries\":{\"\\ud800\":{}}}} | surrogate pair",
                "{\"version\":1,\"root\":{\"type\":\"regular\",\"size\":1}} {} | more follows after the end of the NAR listing",
                "{\"version\":1,\"root\":{\"type\":\"regular\",\"size\":1 | is not JSON that a listing can be",
            })
    void refuses(String text, String complaint) {
        assertThatThrownBy(() ->
                        NarListing.read(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), new Log()))
                .isInstanceOf(NarException.class)
                .hasMessageContaining(complaint)
                .hasMessageNotContaining("\n");
    }

    @Test
    void refusesDuplicatesAndDisorder() {
        for (String names : List.of("\"a\":N,\"a\":N", "\"b\":N,\"a\":N")) {
            String node = "{\"type\":\"symlink\",\"target\":\"x\"}";
            String text = "{\"version\":1,\"root\":{\"entries\":{" + names.replace("N", node) + "}}}";
            assertThatThrownBy(() ->
                            NarListing.read(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), new Log()))
                    .isInstanceOf(NarException.class)
                    .hasMessageContaining("'a'");
        }
    }

    @Test
    void takesTheGreatestDepthAndRefusesMore() throws IOException {
        NarListing.read(deep(NarLimits.DEPTH), new Log());
        assertThatThrownBy(() -> NarListing.read(deep(NarLimits.DEPTH + 1), new Log()))
                .isInstanceOf(NarException.class);
        assertThatThrownBy(() -> NarListing.read(deep(100_000), new Log())).isInstanceOf(NarException.class);
        String skipped = "{\"other\":" + "[".repeat(1_000_000);
        assertThatThrownBy(() ->
                        NarListing.read(new ByteArrayInputStream(skipped.getBytes(StandardCharsets.UTF_8)), new Log()))
                .isInstanceOf(NarException.class);
    }

    @Test
    void refusesToListNamesThatAreNotUtf8() throws IOException {
        NarListingWriter writer = new NarListingWriter(new ByteArrayOutputStream());
        writer.startDirectory();
        assertThatThrownBy(() -> writer.entry(new byte[] {(byte) 0xff}))
                .isInstanceOf(NarException.class)
                .hasMessageContaining("is not UTF-8");
    }

    private static InputStream deep(int depth) {
        String text = "{\"version\":1,\"root\":" + "{\"entries\":{\"a\":".repeat(depth - 1) + "{\"entries\":{"
                + "},\"type\":\"directory\"}".repeat(depth) + "}";
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }

    /** A listing's events as text. */
    static final class Log implements ListingSink {
        final List<String> events = new ArrayList<>();

        @Override
        public void startDirectory() {
            events.add("directory");
        }

        @Override
        public void entry(byte[] name) {
            events.add("entry " + new String(name, StandardCharsets.UTF_8));
        }

        @Override
        public void endDirectory() {
            events.add("end");
        }

        @Override
        public void file(boolean executable, long size, OptionalLong narOffset) {
            events.add("file " + executable + " " + size + " " + narOffset);
        }

        @Override
        public void symlink(byte[] target) {
            events.add("symlink " + new String(target, StandardCharsets.UTF_8));
        }
    }
}
