package dev.berth.store.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.nix.FormatException;
import dev.berth.store.Store;
import dev.berth.store.StoreException;
import dev.berth.store.StoreSettings;
import dev.berth.store.Stores;
import dev.berth.testing.Command;
import dev.berth.testing.Seed;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What daemons' URIs say, and the command lines of ssh. */
final class DaemonUriTest {
    private static DaemonStore open(String uri) {
        Store store = Stores.open(uri, StoreSettings.DEFAULT);
        assertThat(store).isInstanceOf(DaemonStore.class);
        return (DaemonStore) store;
    }

    @Test
    void opensEveryKind() {
        assertThat(open("daemon").uri()).isEqualTo("daemon");
        assertThat(open("unix://").uri()).isEqualTo("daemon");
        assertThat(open("unix:///run/socket?max-connections=3&root=/x").connections())
                .isEqualTo(3);
        assertThat(open("ssh://host").uri()).isEqualTo("ssh://host");
        assertThat(open("ssh-ng://user@[::1]:2222?store=/other/store")
                        .storeDir()
                        .path())
                .isEqualTo("/other/store");
        assertThat(open("ssh-ng://host?max-connections=0").connections()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "unix://relative/socket",
                "unix:///socket?compress=true",
                "ssh://",
                "ssh-ng://-oProxyCommand=evil",
                "ssh-ng://-evil@host",
                "ssh-ng://@host",
                "ssh-ng://host:99999",
                "ssh-ng://host/path",
                "ssh-ng://host?root=/x",
                "ssh-ng://host?base64-ssh-public-host-key=*",
                "ssh-ng://host?max-connection-age=soon"
            })
    void refuses(String uri) {
        assertThatThrownBy(() -> open(uri))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.REFUSED));
    }

    @Test
    void readsHosts() {
        assertThat(SshHost.parse("u%40ser@[fe80::1%25eth0]:22"))
                .isEqualTo(new SshHost(Optional.of("u@ser"), "fe80::1%eth0", OptionalInt.of(22)));
        assertThat(SshHost.parse("host")).isEqualTo(new SshHost(Optional.empty(), "host", OptionalInt.empty()));
        assertThat(SshHost.parse("localhost").isHere()).isTrue();
        assertThat(SshHost.parse("root@localhost").isHere()).isFalse();
    }

    @Test
    void runsSshAsNixDoes() {
        SshCommand command = new SshCommand(
                SshHost.parse("me@host:2222"),
                List.of("nix-daemon", "--stdio", "--store", "local?root=/a b&store=/c"),
                Optional.of(Path.of("/key")),
                Optional.empty(),
                true,
                false,
                ShellWords.split("-F '/my config' -v"));
        assertThat(command.arguments(Optional.of(Path.of("/known"))))
                .containsExactly(
                        "ssh",
                        "me@host",
                        "-x",
                        "-F",
                        "/my config",
                        "-v",
                        "-i",
                        "/key",
                        "-oUserKnownHostsFile=/known",
                        "-C",
                        "-p2222",
                        "--",
                        "nix-daemon --stdio --store 'local?root=/a b&store=/c'");
    }

    @Test
    void newHostKeysAreTakenUnlessSomebodyElseSaysHow() {
        String accept = "-oStrictHostKeyChecking=accept-new";
        assertThat(accepting(Optional.empty(), "-v").arguments(Optional.empty()))
                .contains(accept);
        assertThat(accepting(Optional.empty(), "-o StrictHostKeyChecking=yes").arguments(Optional.empty()))
                .doesNotContain(accept);
        // Else a host with another kind of key than the one given would pass.
        assertThat(accepting(Optional.of("ssh-ed25519 AAAA"), "").arguments(Optional.of(Path.of("/known"))))
                .doesNotContain(accept);
    }

    private static SshCommand accepting(Optional<String> hostKey, String options) {
        return new SshCommand(
                SshHost.parse("host"),
                List.of("nix-daemon"),
                Optional.empty(),
                hostKey,
                false,
                true,
                ShellWords.split(options));
    }

    @Test
    void splitsAndQuotesAsAShell() {
        assertThat(ShellWords.split("  a 'b c'\"d\\\"e\"  \\ f '' ")).containsExactly("a", "b cd\"e", " f", "");
        assertThatThrownBy(() -> ShellWords.split("'open")).isInstanceOf(FormatException.class);
        long seed = Seed.first();
        Random random = new Random(seed);
        List<String> words = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            StringBuilder word = new StringBuilder();
            for (int length = random.nextInt(8); length > 0; length--) {
                word.append("ab '\"\\$`!*?&;\t#~=".charAt(random.nextInt(17)));
            }
            words.add(word.toString());
        }
        String line = String.join(" ", words.stream().map(ShellWords::quote).toList());
        assertThat(ShellWords.split(line)).as("seed " + seed).isEqualTo(words);
        assertThat(Command.of("sh", "-c", "printf '%s\\n' " + line).succeed().stdout())
                .as("seed " + seed)
                .isEqualTo(String.join("\n", words) + "\n");
    }
}
