package dev.berth.nix.nar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.nix.HashAlgorithm;
import dev.berth.nix.HashFormat;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Hashes of real Git, whose order of entries is not a NAR's. */
final class GitHasherTest {
    private sealed interface Node {
        record Regular(boolean executable, String text) implements Node {}

        record Link(String target) implements Node {}

        record Directory(Map<String, Node> entries) implements Node {}
    }

    private static final Node TREE = directory(Map.of(
            "a", directory(Map.of("x", new Node.Regular(false, "x"))),
            "a.b", new Node.Regular(false, "between a and a/"),
            "a0", new Node.Regular(true, "after a/"),
            "a-", directory(Map.of("y\n", new Node.Regular(false, ""))),
            "link", new Node.Link("a/x"),
            "z", new Node.Regular(false, "long\n".repeat(50_000))));

    private static Node directory(Map<String, Node> entries) {
        return new Node.Directory(new TreeMap<>(entries));
    }

    @ParameterizedTest
    @EnumSource(names = {"SHA1", "SHA256"})
    void agreesWithGit(HashAlgorithm algorithm, @TempDir Path dir) throws IOException, InterruptedException {
        write(TREE, dir);
        git(dir, "init", "-q", "--object-format=" + algorithm.text());
        git(dir, "-c", "core.autocrlf=false", "add", "-A");

        assertThat(hash(TREE, algorithm)).isEqualTo(git(dir, "write-tree"));
        assertThat(hash(new Node.Regular(true, "after a/"), algorithm)).isEqualTo(git(dir, "hash-object", "a0"));
    }

    @Test
    void emptyDirectoryIsTheEmptyTree() throws IOException {
        assertThat(hash(directory(Map.of()), HashAlgorithm.SHA1)).isEqualTo("4b825dc642cb6eb9a060e54bf8d69288fbee4904");
    }

    @Test
    void holdsNoEndlessDirectory() {
        GitHasher hasher = new GitHasher(HashAlgorithm.SHA1);
        hasher.startDirectory();
        assertThatThrownBy(() -> {
                    for (int i = 0; i < 1_000_000; i++) {
                        hasher.entry(Integer.toString(i).getBytes(StandardCharsets.US_ASCII));
                        hasher.symlink(new byte[] {'x'});
                    }
                })
                .isInstanceOf(NarException.class);
    }

    @Test
    void hashesByNoOtherAlgorithm() {
        assertThatThrownBy(() -> new GitHasher(HashAlgorithm.MD5)).isInstanceOf(IllegalArgumentException.class);
    }

    private static String hash(Node node, HashAlgorithm algorithm) throws IOException {
        GitHasher hasher = new GitHasher(algorithm);
        tell(node, hasher);
        return hasher.hash().format(HashFormat.BASE16, false);
    }

    private static void tell(Node node, NarSink sink) throws IOException {
        switch (node) {
            case Node.Regular(boolean executable, String text) -> {
                byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
                sink.startFile(executable, bytes.length);
                sink.contents(bytes, 0, bytes.length / 2);
                sink.contents(bytes, bytes.length / 2, bytes.length - bytes.length / 2);
                sink.endFile();
            }
            case Node.Link(String target) -> sink.symlink(target.getBytes(StandardCharsets.UTF_8));
            case Node.Directory(Map<String, Node> entries) -> {
                sink.startDirectory();
                for (Map.Entry<String, Node> entry : entries.entrySet()) {
                    sink.entry(entry.getKey().getBytes(StandardCharsets.UTF_8));
                    tell(entry.getValue(), sink);
                }
                sink.endDirectory();
            }
        }
    }

    private static void write(Node node, Path path) throws IOException {
        switch (node) {
            case Node.Regular(boolean executable, String text) -> {
                Files.writeString(path, text);
                assertThat(path.toFile().setExecutable(executable)).isTrue();
            }
            case Node.Link(String target) -> Files.createSymbolicLink(path, Path.of(target));
            case Node.Directory(Map<String, Node> entries) -> {
                Files.createDirectories(path);
                for (Map.Entry<String, Node> entry : entries.entrySet()) {
                    write(entry.getValue(), path.resolve(entry.getKey()));
                }
            }
        }
    }

    private static String git(Path dir, String... arguments) throws IOException, InterruptedException {
        ProcessBuilder builder =
                new ProcessBuilder("git").directory(dir.toFile()).redirectErrorStream(true);
        builder.command().addAll(List.of(arguments));
        builder.environment().put("GIT_CONFIG_GLOBAL", "/dev/null");
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }
}
