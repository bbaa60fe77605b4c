package dev.berth.nix;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.berth.nix.StoreReference.Form;
import dev.berth.testing.Project;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StoreReferenceTest {
    private static final Map<String, String> AB = Map.of("a", "b", "c", "d");
    private static final String HOST = "fea5:23e1:3916:fc24:cb52:2837:2ecb:ea8e";

    /** What Nix's unit test of store references expects of each golden text. */
    private static final Map<String, StoreReference> GOLDEN = Map.ofEntries(
            Map.entry("auto", new StoreReference(Form.AUTO, "", "", new TreeMap<>())),
            Map.entry(
                    "auto_param", new StoreReference(Form.AUTO, "", "", new TreeMap<>(Map.of("root", "/foo/bar/baz")))),
            Map.entry("daemon_shorthand", new StoreReference(Form.DAEMON, "unix", "", new TreeMap<>())),
            Map.entry("local_shorthand_3", new StoreReference(Form.LOCAL, "local", "", new TreeMap<>())),
            Map.entry("local_1", StoreReference.of("local", "", Map.of("root", "/foo/bar/baz"))),
            Map.entry("local_shorthand_1", StoreReference.of("local", "", Map.of("root", "/foo/bar/baz"))),
            Map.entry("local_2", StoreReference.of("local", "/foo/bar/baz", Map.of("trusted", "true"))),
            Map.entry(
                    "local_shorthand_path_unix", StoreReference.of("local", "/foo/bar/baz", Map.of("trusted", "true"))),
            Map.entry("local_3", StoreReference.of("local", "", Map.of("root", "/foo bar/baz"))),
            Map.entry("local_3_no_percent", StoreReference.of("local", "", Map.of("root", "/foo bar/baz"))),
            Map.entry("unix", StoreReference.of("unix", "", Map.of("max-connections", "7", "trusted", "true"))),
            Map.entry(
                    "unix_shorthand", StoreReference.of("unix", "", Map.of("max-connections", "7", "trusted", "true"))),
            Map.entry("ssh", StoreReference.of("ssh", "localhost", Map.of())),
            Map.entry("ssh_unbracketed_ipv6_1", StoreReference.of("ssh", "[::1]", Map.of())),
            Map.entry("ssh_unbracketed_ipv6_2", StoreReference.of("ssh", "userinfo@[" + HOST + "]", Map.of())),
            Map.entry("ssh_unbracketed_ipv6_3", StoreReference.of("ssh", "userinfo@[" + HOST + "]", AB)),
            Map.entry("ssh_unbracketed_ipv6_4", StoreReference.of("ssh", "userinfo@[" + HOST + "%25eth0]", AB)),
            Map.entry("ssh_unbracketed_ipv6_5", StoreReference.of("ssh", "userinfo@[" + HOST + "%25eth0]", AB)),
            Map.entry("ssh_unbracketed_ipv6_6", StoreReference.of("ssh", "userinfo@[" + HOST + "%2525]", AB)),
            Map.entry("ssh_unbracketed_ipv6_7", StoreReference.of("ssh", "userinfo@[" + HOST + "%25eth0]", AB)),
            Map.entry("ssh_unbracketed_ipv6_8", StoreReference.of("ssh", "[" + HOST + "%25eth0]", AB)),
            Map.entry("ssh_unbracketed_ipv6_9", StoreReference.of("ssh", "[" + HOST + "%25eth0]", Map.of())));

    /** Those that Nix writes as they stand. */
    private static final Set<String> WRITTEN = Set.of(
            "auto",
            "auto_param",
            "local_1",
            "local_2",
            "local_3",
            "local_shorthand_3",
            "unix",
            "ssh",
            "daemon_shorthand");

    @Test
    void goldenTextsAreReadAsNixReadsThem() throws IOException {
        Set<String> left = new TreeSet<>(GOLDEN.keySet());
        try (var files = Files.newDirectoryStream(Project.golden().resolve("store-reference"))) {
            for (var file : files) {
                String name = file.getFileName().toString().replace(".txt", "");
                String text = Files.readString(file).strip();
                if (name.equals("local_shorthand_path_windows")) {
                    assertThrows(FormatException.class, () -> StoreReference.parse(text));
                    continue;
                }
                StoreReference expected = requireNonNull(GOLDEN.get(name), name);
                assertEquals(expected, StoreReference.parse(text), name);
                if (WRITTEN.contains(name)) {
                    assertEquals(text, expected.render(), name);
                }
                left.remove(name);
            }
        }
        assertTrue(left.isEmpty(), left::toString);
    }

    @ParameterizedTest
    @CsvSource({
        "https://cache.nixos.org, https, cache.nixos.org, ''",
        "https://user:p%40ss@cache.example:8443/a/b?priority=20, https, user:p%40ss@cache.example:8443, /a/b",
        "http://localhost:/x, http, localhost, /x",
        "file:///srv/cache?compression=zstd, file, '', /srv/cache",
        "file://, file, '', /",
        "s3://bucket?region=eu-west-1&endpoint=http%3A%2F%2Flocalhost%3A9000, s3, bucket, ''",
        "ssh-ng://nix@pynixd?trusted=1&priority=20, ssh-ng, nix@pynixd, ''",
        "ssh://[::ffff:10.0.0.1]:22, ssh, [::ffff:10.0.0.1]:22, ''",
        "unix:///run/berth.socket, unix, '', /run/berth.socket",
        "unix:///run/a%20b, unix, '', /run/a b",
        "local:///x/../y, local, '', /x/../y",
        "/x/./y//z/../w, local, '', /x/y/w",
        "/tmp/f\u00f6\u00f6, local, '', /tmp/f\u00f6\u00f6",
    })
    void urisHaveTheirParts(String text, String scheme, String authority, String path) {
        StoreReference reference = StoreReference.parse(text);
        assertEquals(scheme, reference.scheme());
        assertEquals(authority, reference.authority());
        assertEquals(path, reference.path());
        assertEquals(reference, StoreReference.parse(reference.render()));
    }

    @Test
    void paramsAreDecodedAndTheFirstCounts() {
        StoreReference reference = StoreReference.parse("s3://b?endpoint=http%3A%2F%2Fh%3A1%2F%3Fx%3D1%26y&a=1=2&a=3&");
        assertEquals("http://h:1/?x=1&y", reference.param("endpoint").orElseThrow());
        assertEquals("1=2", reference.param("a").orElseThrow());
        assertEquals("s3://b?a=1%3D2&endpoint=http://h:1/?x%3D1%26y", reference.render());
        assertEquals("s3://b", reference.withoutParams().render());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nonsense",
                "C:\\foo\\bar",
                "1http://x",
                "http://host:0",
                "http://host:65536",
                "http://host:1x",
                "http://[::1",
                "http://[::g]",
                "http://[1:2:3:4:5:6:7:8:9]",
                "http://a b/",
                "http://host/%zz",
                "http://host/%00",
                "http://host/%ff",
                "http://host/#fragment",
                "http://host?a=b#fragment",
                "http://host?a=%f",
                "http://host?trusted",
                "file://host/path",
                "://x",
                "http://u@v@host/",
            })
    void nonsenseIsRefused(String text) {
        FormatException e = assertThrows(FormatException.class, () -> StoreReference.parse(text));
        assertTrue(String.valueOf(e.getMessage()).startsWith("cannot parse Nix store '"), e::getMessage);
    }

    @Test
    void relativePathsAreLocalStoresBelowTheWorkingDirectory() {
        assertEquals(
                System.getProperty("user.dir") + "/store",
                StoreReference.parse("./store").path());
    }

    @Test
    void longTextsAreReadInBoundedDepth() {
        for (String text : List.of(
                "http://h/" + "a%20".repeat(16_000),
                "http://" + "a%20".repeat(16_000) + "@h/",
                "http://" + "a%20".repeat(16_000),
                "http://h?" + "a=%20&".repeat(10_000),
                "/" + "a/../".repeat(12_000))) {
            StoreReference reference = StoreReference.parse(text);
            assertEquals(reference, StoreReference.parse(reference.render()));
        }
        assertThrows(FormatException.class, () -> StoreReference.parse("http://h/" + "a".repeat(1 << 16)));
    }
}
