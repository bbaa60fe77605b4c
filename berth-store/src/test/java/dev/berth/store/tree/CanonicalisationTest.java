package dev.berth.store.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.store.StoreException;
import dev.berth.store.StoreException.Kind;
import dev.berth.testing.Command;
import dev.berth.testing.Requires;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Metadata of trees that others made. */
final class CanonicalisationTest {
    private final TemporaryDirectory directory;

    CanonicalisationTest() throws IOException {
        directory = TemporaryDirectory.make();
    }

    @AfterEach
    void remove() {
        directory.close();
    }

    @Test
    void changesMetadataAndNothingElse() throws IOException {
        Path tree = directory.resolve("tree");
        OddTree.make(tree);
        byte[] nar = TreeRoundTripTest.dump(tree);
        Canonicalisation.apply(tree);
        assertThat(TreeRoundTripTest.dump(tree)).isEqualTo(nar);
        assertThat(Metadata.requireCanonical(tree)).isGreaterThan(3 * OddTree.DEPTH);
        Canonicalisation.apply(tree);
        assertThat(Metadata.requireCanonical(tree)).isGreaterThan(3 * OddTree.DEPTH);
    }

    @Test
    void clearsSpecialModesOwnersAndAttributes() throws IOException {
        Requires.root();
        Path tree = Files.createDirectory(directory.resolve("tree"));
        Path program = Files.writeString(tree.resolve("program"), "x");
        Path data = Files.writeString(tree.resolve("data"), "x");
        Path link = Files.createSymbolicLink(tree.resolve("link"), Path.of("data"));
        Command.of("chown", "-h", "1234:1234", program.toString(), link.toString())
                .succeed();
        Command.of("chmod", "6755", program.toString()).succeed();
        Command.of("chmod", "3700", tree.toString()).succeed();
        Command.of("chmod", "0", data.toString()).succeed();
        UserDefinedFileAttributeView view = Files.getFileAttributeView(data, UserDefinedFileAttributeView.class);
        view.write("comment", ByteBuffer.wrap(new byte[] {1}));
        Canonicalisation.apply(tree);
        assertThat(Metadata.requireCanonical(tree)).isEqualTo(4);
        assertThat(view.list()).isEmpty();
        assertThat(Files.getAttribute(program, "unix:mode")).isEqualTo(0100555);
        assertThat(Files.getAttribute(data, "unix:mode")).isEqualTo(0100444);
    }

    @Test
    void removesAcls() throws IOException {
        Path tree = Files.createDirectory(directory.resolve("tree"));
        Acl.open(tree, "access");
        Acl.open(tree, "default");
        Files.writeString(tree.resolve("file"), "x");
        Canonicalisation.apply(tree);
        assertThat(Metadata.requireCanonical(tree)).isEqualTo(2);
    }

    @Test
    void refusesPipes() throws IOException {
        Path tree = Files.createDirectory(directory.resolve("tree"));
        Command.of("mkfifo", tree.resolve("pipe").toString()).succeed();
        assertThatThrownBy(() -> Canonicalisation.apply(tree))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.REFUSED))
                .hasMessage("can't make a tree canonical: " + tree + "/pipe is a device, a socket or a pipe");
        assertThatThrownBy(() -> Canonicalisation.apply(directory.resolve("nothing")))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.ABSENT));
    }
}
