package dev.berth.store.tree;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.nix.Hash;
import dev.berth.nix.nar.NarHasher;
import dev.berth.nix.nar.NarReader;
import dev.berth.nix.nar.NarWriter;
import dev.berth.testing.Command;
import dev.berth.testing.Requires;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Dumping and restoring, against {@code nix-store --dump} and {@code --restore}. */
final class TreeRoundTripTest {
    private final TemporaryDirectory directory;

    TreeRoundTripTest() throws IOException {
        directory = TemporaryDirectory.make();
    }

    @AfterEach
    void remove() {
        directory.close();
        assertThat(directory.path()).doesNotExist();
    }

    @Test
    void dumpsWhatNixDumps() throws IOException {
        Path tree = directory.resolve("tree");
        OddTree.make(tree);
        assertThat(dump(tree)).isEqualTo(nixDump(tree));
    }

    @Test
    void dumpsAFileAndALinkAsNixDoes() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "contents");
        Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("file"));
        assertThat(dump(file)).isEqualTo(nixDump(file));
        assertThat(new String(dump(link), StandardCharsets.US_ASCII)).contains("symlink");
    }

    @Test
    void restoresWhatNixDumpsAndNixReadsIt() throws IOException {
        Path tree = directory.resolve("tree");
        OddTree.make(tree);
        byte[] nar = nixDump(tree);
        Path restored = directory.resolve("restored");
        try (TreeSink sink = TreeSink.at(restored, TreeOptions.DEFAULT)) {
            NarReader.whole(new ByteArrayInputStream(nar)).sendTo(sink);
            sink.complete();
        }
        assertThat(nixDump(restored)).isEqualTo(nar);
        assertThat(dump(restored)).isEqualTo(nar);
        assertThat(Metadata.requireCanonical(restored)).isGreaterThan(3 * OddTree.DEPTH);
    }

    @Test
    void makesTheSameFilesAsNixRestore() throws IOException {
        Path tree = directory.resolve("tree");
        OddTree.make(tree);
        Path nar = directory.resolve("nar");
        Files.write(nar, nixDump(tree));
        Path theirs = directory.resolve("theirs");
        Command.of("sh", "-c", "nix-store --restore \"$1\" < \"$2\"", "sh", theirs.toString(), nar.toString())
                .succeed();
        Path ours = directory.resolve("ours");
        try (InputStream in = Files.newInputStream(nar);
                TreeSink sink = TreeSink.at(ours, new TreeOptions(true, true))) {
            NarReader.whole(in).sendTo(sink);
            sink.complete();
        }
        Command.of("diff", "-r", "--no-dereference", theirs.toString(), ours.toString())
                .succeed();
    }

    @Test
    void hashesATreeAsNixDoes() throws IOException {
        Path tree = directory.resolve("tree");
        OddTree.make(tree);
        NarHasher hasher = new NarHasher();
        new TreeSource(tree).sendTo(hasher);
        byte[] nar = nixDump(tree);
        assertThat(hasher.hash()).isEqualTo(Hash.sha256(nar));
        assertThat(hasher.size()).isEqualTo(nar.length);
    }

    @Test
    void whatIsRestoredIsDumpedAgain() throws IOException {
        for (long seed = 0; seed < 150; seed++) {
            RandomTree tree = new RandomTree(seed);
            ByteArrayOutputStream nar = new ByteArrayOutputStream();
            tree.sendTo(new NarWriter(nar));
            Path restored = directory.resolve("tree" + seed);
            try (TreeSink sink = TreeSink.at(restored, TreeOptions.DEFAULT)) {
                tree.sendTo(sink);
                sink.complete();
            }
            assertThat(dump(restored)).as("seed %d", seed).isEqualTo(nar.toByteArray());
            assertThat(Metadata.requireCanonical(restored)).as("seed %d", seed).isPositive();
        }
    }

    static byte[] dump(Path path) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        new TreeSource(path).sendTo(new NarWriter(out));
        return out.toByteArray();
    }

    static byte[] nixDump(Path path) {
        Requires.program("nix-store");
        return Command.of("nix-store", "--dump", path.toString()).succeed().stdoutBytes();
    }
}
