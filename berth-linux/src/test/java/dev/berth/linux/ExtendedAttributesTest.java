package dev.berth.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.testing.Requires;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Extended attributes, and the copies that files are made of. */
final class ExtendedAttributesTest {
    @TempDir
    private Path temp;

    @Test
    void attributesAreSeenAndRemovedOnTheLinkItselfOnly() throws Exception {
        Path file = Files.writeString(temp.resolve("file"), "x");
        UserDefinedFileAttributeView view = Files.getFileAttributeView(file, UserDefinedFileAttributeView.class);
        Requires.that(
                Files.getFileStore(temp).supportsFileAttributeView("user"), "needs a file system with attributes");
        view.write("one", ByteBuffer.wrap("value".getBytes(StandardCharsets.UTF_8)));
        view.write("two", ByteBuffer.wrap(new byte[0]));
        Files.createSymbolicLink(temp.resolve("link"), file);
        try (Directory directory = Directory.open(temp)) {
            ExtendedAttributes attributes = directory.attributes(Names.bytes("file"));
            assertThat(attributes.names()).contains("user.one", "user.two");
            assertThat(attributes.get("user.one")).isEqualTo("value".getBytes(StandardCharsets.UTF_8));
            assertThat(attributes.get("user.two")).isEmpty();
            attributes.remove("user.one");
            assertThat(attributes.names()).contains("user.two").doesNotContain("user.one");
            assertThatThrownBy(() -> attributes.remove("user.one"))
                    .hasMessage("lremovexattr " + file.toRealPath() + ": ENODATA (no data available)");
            assertThat(directory.attributes(Names.bytes("link")).names()).doesNotContain("user.two");
            assertThatThrownBy(() -> directory.attributes(Names.bytes("../file")))
                    .isInstanceOf(LinuxException.class);
        }
    }

    @Test
    void theRestOfAFileIsCopied() throws Exception {
        byte[] content = new byte[300_000];
        new java.util.Random(1).nextBytes(content);
        Files.write(temp.resolve("from"), content);
        try (Directory directory = Directory.open(temp);
                OpenFile from = directory.openFile(Names.bytes("from"));
                OpenFile to = directory.createFile(Names.bytes("to"), 0600)) {
            from.seek(1);
            to.copyRest(from);
            assertThat(to.stat().size()).isEqualTo(content.length - 1);
            assertThat(Files.readAllBytes(temp.resolve("to")))
                    .isEqualTo(java.util.Arrays.copyOfRange(content, 1, content.length));
            // What a file system cannot share is no failure.
            try (OpenFile other = directory.createFile(Names.bytes("clone"), 0600)) {
                boolean shared = other.reflink(from);
                assertThat(other.stat().size()).isEqualTo(shared ? content.length : 0);
            }
        }
        // Files of /proc have no size to go by.
        try (Directory proc = Directory.open(Path.of("/proc/self"));
                Directory directory = Directory.open(temp);
                OpenFile status = proc.openFile(Names.bytes("status"));
                OpenFile to = directory.createFile(Names.bytes("status"), 0600)) {
            to.copyRest(status);
            assertThat(temp.resolve("status")).content().contains("Pid:");
        }
    }

    @Test
    void anOpenFileIsLinkedToAnotherName() throws Exception {
        Files.writeString(temp.resolve("file"), "x");
        try (Directory directory = Directory.open(temp);
                OpenFile file = directory.openFile(Names.bytes("file"))) {
            assertThat(directory.tryLink(file, Names.bytes("again"))).isEmpty();
            assertThat(directory.tryLink(file, Names.bytes("again"))).contains(Errno.EEXIST);
            assertThat(file.stat().links()).isEqualTo(2);
            assertThat(directory.stat(Names.bytes("again")).inode())
                    .isEqualTo(file.stat().inode());
        }
    }
}
