package dev.berth.gateway.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.gateway.Role;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The file of authorized keys. */
class AuthorizedKeysTest {
    @TempDir
    private Path directory = Path.of("");

    private String key = "";

    @BeforeEach
    void makeKey() {
        key = OpenSsh.publicLine(new OpenSsh(directory).key("somebody"));
    }

    private static AuthorizedKeys parse(String... lines) {
        return AuthorizedKeys.parse(List.of(lines), Role.WRITER);
    }

    @Test
    void commentsAndEmptyLinesAreNone() {
        assertThat(parse("# a", "", "  ", "\t# b", key).size()).isEqualTo(1);
    }

    @Test
    void theSameKeyTwiceIsOneUnlessItsRolesDiffer() {
        assertThat(parse(key, key + " again").size()).isEqualTo(1);
        assertThatThrownBy(() -> parse("#", key, "environment=\"BERTH_ROLE=admin\" " + key))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("line 3: this key has two roles: writer further above, and admin");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "restrict",
                "no-pty,no-port-forwarding,no-agent-forwarding,no-X11-forwarding,no-user-rc",
                "environment=\"BERTH_ROLE=reader\"",
                "environment=\"LANG=C \\\" , x\",restrict",
                "RESTRICT,Environment=\"BERTH_ROLE=reader\"",
            })
    void optionsThatChangeNothingOrTheRole(String options) {
        assertThat(parse(options + " " + key).size()).isEqualTo(1);
        assertThat(parse(options + "\t" + key).size()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "from=\"10.0.0.0/8\"|the option 'from' is not known here",
                "command=\"id\",restrict|the option 'command' is not known here",
                "restrict,expiry-time=\"20200101\"|the option 'expiry-time' is not known here",
                "cert-authority|the option 'cert-authority' is not known here",
                "environment=\"BERTH_ROLE=root\"|'root' is no role",
                "environment=\"BERTH_ROLE=admin|neither a public key nor options",
                "restrict=\"yes\"|the option 'restrict' is not known here",
                ",restrict|neither a public key nor options",
            })
    void optionsThatCannotBeKeptAreRefused(String options, String message) {
        assertThatThrownBy(() -> parse("# first", options + " " + key))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("line 2: ")
                .hasMessageContaining(message);
    }

    @Test
    void brokenKeysAreRefused() {
        String blob = key.split(" ", -1)[1];
        for (String line : List.of(
                "ssh-ed25519",
                "ssh-ed25519 AAAA",
                "ssh-ed25519 " + blob.substring(0, blob.length() - 8),
                "ssh-rsa " + blob,
                "ssh-ed25519 !!!!",
                "hello world",
                "\"")) {
            assertThatThrownBy(() -> parse(line))
                    .as(line)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("line 1: ");
        }
    }

    @Test
    void weakKeysAreRefused() {
        String weak = OpenSsh.publicLine(new OpenSsh(directory).key("weak", "-t", "rsa", "-b", "1024"));
        assertThatThrownBy(() -> parse(weak)).hasMessageContaining("less than 2048 bits");
    }
}
