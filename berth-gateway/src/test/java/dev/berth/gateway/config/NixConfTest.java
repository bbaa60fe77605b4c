package dev.berth.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.store.config.ConfigException;
import dev.berth.testing.Command;
import dev.berth.testing.Requires;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nix's configuration, read as Nix reads it. */
class NixConfTest {
    @TempDir
    private Path directory = Path.of("");

    private Map<String, String> variables() {
        return Map.of("NIX_CONF_DIR", directory.toString(), "NIX_USER_CONF_FILES", "");
    }

    private NixConf load(String text) throws IOException {
        Files.writeString(directory.resolve("nix.conf"), text);
        return NixConf.load(new NixEnvironment(variables()));
    }

    @Test
    void commentsBlanksAndEmptyValues() throws IOException {
        NixConf conf = load("""
                # a comment
                  require-sigs   =  false   # another
                trusted-users = root\t@wheel   alice
                secret-key-files =

                substituters = https://a#b
                """);
        assertThat(conf.flag("require-sigs", true)).isFalse();
        assertThat(conf.words("trusted-users")).containsExactly("root", "@wheel", "alice");
        assertThat(conf.text("secret-key-files")).contains("");
        assertThat(conf.words("substituters")).containsExactly("https://a");
        assertThat(conf.flag("keep-outputs", false)).isFalse();
    }

    @Test
    void extraAddsToWhatIsThereOrToTheDefault() throws IOException {
        NixConf conf = load("""
                extra-trusted-users = alice
                allowed-users = bob
                extra-allowed-users = carol
                extra-binary-caches = file:///x
                extra-nonsense = 1
                """);
        assertThat(conf.words("trusted-users")).containsExactly("root", "alice");
        assertThat(conf.words("allowed-users")).containsExactly("bob", "carol");
        assertThat(conf.words("substituters")).containsExactly("https://cache.nixos.org/", "file:///x");
        assertThat(conf.text("extra-nonsense")).contains("1");
        assertThat(conf.with("extra-trusted-users", "dave").words("trusted-users"))
                .containsExactly("root", "alice", "dave");
    }

    @Test
    void olderNamesMeanTheSame() throws IOException {
        NixConf conf = load("gc-keep-outputs = true\nbinary-cache-public-keys = k:AAAA\n");
        assertThat(conf.flag("keep-outputs", false)).isTrue();
        assertThat(conf.words("trusted-public-keys")).containsExactly("k:AAAA");
    }

    @Test
    void includesAreRelativeToTheirFile() throws IOException {
        Path below = Files.createDirectory(directory.resolve("below"));
        Files.writeString(below.resolve("a.conf"), "include b.conf\nkeep-outputs = true\n");
        Files.writeString(below.resolve("b.conf"), "keep-derivations = false\n");
        NixConf conf = load("include below/a.conf\n!include missing.conf\nkeep-outputs = false\n");
        assertThat(conf.flag("keep-derivations", true)).isFalse();
        assertThat(conf.flag("keep-outputs", true)).isFalse();
    }

    @Test
    void laterPlacesWin() throws IOException {
        Files.writeString(directory.resolve("nix.conf"), "trusted-users = a\nstore = one\nkeep-outputs = true\n");
        Path first = Files.writeString(directory.resolve("first"), "store = first\n");
        Path second = Files.writeString(directory.resolve("second"), "store = second\ntrusted-users = b\n");
        NixConf conf = NixConf.load(new NixEnvironment(Map.of(
                "NIX_CONF_DIR",
                directory.toString(),
                "NIX_USER_CONF_FILES",
                first + ":" + second,
                "NIX_CONFIG",
                "keep-outputs = false\nextra-trusted-users = c")));
        assertThat(conf.text("store")).contains("first");
        assertThat(conf.words("trusted-users")).containsExactly("b", "c");
        assertThat(conf.flag("keep-outputs", true)).isFalse();
    }

    @Test
    void errorsSayWhere() {
        assertThatThrownBy(() -> load("a = b\nkeep-outputs true\n"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("nix.conf, line 2: not a setting: 'keep-outputs true'");
        assertThatThrownBy(() -> load("\n\ninclude gone.conf\n"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("nix.conf, line 3: the included file")
                .hasMessageContaining("gone.conf does not exist");
        assertThatThrownBy(() -> load("include nix.conf\n"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("include each other");
        assertThatThrownBy(() -> load("require-sigs = maybe\n").flag("require-sigs", true))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("'require-sigs' is neither true nor false: 'maybe'");
    }

    /** The same files under the real Nix. */
    @Test
    void realNixReadsTheSame() throws IOException {
        Requires.program("nix");
        Files.writeString(directory.resolve("more.conf"), "extra-trusted-users = @wheel # x\nkeep-outputs = 1\n");
        NixConf conf = load("""
                experimental-features = nix-command
                trusted-users = a   b
                !include none
                include more.conf
                extra-substituters = file:///y
                trusted-public-keys =
                allowed-users = * @x
                """);
        Command.Result all = new Command(List.of("nix", "show-config"), variables()).succeed();
        for (String list : List.of("trusted-users", "allowed-users", "trusted-public-keys", "substituters")) {
            String shown = all.stdout()
                    .lines()
                    .filter(line -> line.startsWith(list + " ="))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError(list + " is missing"));
            assertThat(String.join(" ", conf.words(list)))
                    .as("%s", list)
                    .isEqualTo(shown.substring(list.length() + 2).strip());
        }
    }
}
