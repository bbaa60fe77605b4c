package dev.berth.node.expression;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.nix.StoreDir;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VisibleFilesTest {
    private static final Evaluator.Place PLACE =
            new Evaluator.Place(Path.of("/root-of-node"), StoreDir.DEFAULT, Path.of("/work"), List.of(), List.of());

    private static List<Path> of(ExpressionConfig config) {
        return VisibleFiles.of(config, PLACE, Path.of("/opt/nix"), Map.of(), List.of(Path.of("/own")));
    }

    @ParameterizedTest
    @CsvSource({
        "/srv/store, /srv/store",
        "local?root=/srv/a%20b&trusted=true, /srv/a b",
        "unix:///run/nix.sock, /run/nix.sock",
        "ssh-ng://gateway?compress=true&ssh-key=/etc/key, /etc/key",
    })
    void whatABuilderNeedsIsVisible(String uri, Path path) {
        ExpressionConfig config = ExpressionConfig.of("nix");
        assertThat(of(config)).doesNotContain(path);
        assertThat(of(config.withBuilder(uri))).contains(path);
    }

    @Test
    void keysOfSshAreVisibleForItsBuildersAlone() {
        Path keys = Path.of(System.getProperty("user.home"), ".ssh");
        ExpressionConfig config = ExpressionConfig.of("nix");
        assertThat(of(config.withBuilder("ssh-ng://user@gateway"))).contains(keys);
        assertThat(of(config.withBuilder("daemon"))).doesNotContain(keys).isEqualTo(of(config));
        assertThat(of(config.withBuilder("no store#at all"))).isEqualTo(of(config));
    }
}
