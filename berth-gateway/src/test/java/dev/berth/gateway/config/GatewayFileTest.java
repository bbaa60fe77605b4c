package dev.berth.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.gateway.CollectionSchedule;
import dev.berth.gateway.Role;
import dev.berth.gateway.ssh.SshConfig;
import dev.berth.gateway.unix.UserRules;
import dev.berth.store.DownloadSpool;
import dev.berth.store.StoreSettings;
import dev.berth.store.config.ConfigException;
import dev.berth.store.config.HostPort;
import dev.berth.store.usage.CollectionPolicy;
import dev.berth.store.usage.FreeSpace;
import dev.berth.testing.Project;
import dev.berth.wire.SessionLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The gateway's configuration file. */
class GatewayFileTest {
    @Test
    void anEmptyFileIsTheDefaults() {
        GatewayFile file = GatewayFile.parse("f", "# nothing\n");
        assertThat(file.store()).isEmpty();
        assertThat(file.unix().path()).isEmpty();
        assertThat(file.unix().rules()).isEqualTo(UserRules.DEFAULT);
        assertThat(file.ssh().listen()).isEmpty();
        assertThat(file.keptNars()).isEmpty();
        assertThat(file.ssh().limits()).isEqualTo(SshConfig.Limits.DEFAULT);
        assertThat(file.limits()).isEqualTo(SessionLimits.DEFAULT);
        assertThat(file.substituting()).isEqualTo(StoreSettings.DEFAULT);
    }

    @Test
    void everyKeyIsRead() {
        GatewayFile file = GatewayFile.parse("f", """
                store: local?root=/srv/store
                stop-timeout: 5s
                kept-nars: 64M
                settings:
                  trusted-public-keys: ["a:AAAA", "b:BBBB"]
                  require-sigs: false
                  substituters: []
                substituting:
                  query-timeout: 1s
                  connect-timeout: 2s
                  stall-timeout: 3s
                  retries: 4
                  connections: 5
                  absent-lifetime: 6s
                  present-lifetime: 7s
                  netrc-file: /n
                  downloads: /d
                  max-downloads: 8
                  max-download-age: 9h
                  large-download: 1
                unix:
                  path: /run/x.sock
                  trusted-users: [root, "@wheel"]
                  allowed-users: []
                  max-connections: 7
                ssh:
                  listen: "[::1]:2222"
                  host-key: /h
                  authorized-keys: /k
                  default-role: reader
                  ciphers: [aes256-ctr]
                  max-connections: 1
                  max-unauthenticated: 2
                  max-commands: 3
                  login-grace: 4s
                  idle: 10m
                sessions: {handshake: 1s, idle: 2h, stall: 500ms}
                """);
        assertThat(file.store()).contains("local?root=/srv/store");
        assertThat(file.stopTimeout()).isEqualTo(Duration.ofSeconds(5));
        assertThat(file.keptNars()).contains(64L << 20);
        assertThat(file.settings())
                .isEqualTo(Map.of("trusted-public-keys", "a:AAAA b:BBBB", "require-sigs", "false", "substituters", ""));
        assertThat(file.substituting())
                .isEqualTo(new StoreSettings(
                        StoreSettings.DEFAULT.storeDir(),
                        5,
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(3),
                        4,
                        Duration.ofSeconds(6),
                        Duration.ofSeconds(7),
                        Duration.ofSeconds(1),
                        Path.of("/n"),
                        Optional.of(new DownloadSpool(Path.of("/d"), 8 << 20, Duration.ofHours(9), 1 << 20)),
                        false));
        assertThat(file.unix().path()).contains(Path.of("/run/x.sock"));
        assertThat(file.unix().rules()).isEqualTo(new UserRules(List.of("root", "@wheel"), List.of(), List.of()));
        assertThat(file.unix().maxConnections()).isEqualTo(7);
        assertThat(file.ssh().listen()).contains(new HostPort("::1", 2222));
        assertThat(file.ssh().defaultRole()).isEqualTo(Role.READER);
        assertThat(file.ssh().ciphers()).containsExactly("aes256-ctr");
        assertThat(file.ssh().limits())
                .isEqualTo(new SshConfig.Limits(1, 2, 3, Duration.ofSeconds(4), Duration.ofMinutes(10)));
        assertThat(file.limits().stall()).isEqualTo(Duration.ofMillis(500));
        assertThat(file.limits().idle()).isEqualTo(Duration.ofHours(2));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "stor: x|f, line 1: unknown key 'stor'; known are store",
                "unix: {pth: x}|f, line 1: unknown key 'unix.pth'; known are path",
                "ssh: 22|f, line 1: 'ssh' holds keys",
                "ssh: {listen: here}|not an address: 'here'",
                "ssh: {listen: 'h:70000'}|not a port: '70000'",
                "ssh: {default-role: root}|'root' is no role: choose reader, writer or admin",
                "stop-timeout: 5|'stop-timeout': not a time such as",
                "unix: {max-connections: many}|'unix.max-connections': not a number: 'many'",
                "unix: {allowed-users: root}|'unix.allowed-users' takes a list",
                "settings: {require-sigs: 1}|'settings.require-sigs': neither true nor false: '1'",
                "store: [a]|'store' takes one value",
                "[a]|the file must hold KEY: VALUE lines",
                "a: {|f, line ",
            })
    void whatCannotBeIsSaid(String text, String message) {
        assertThatThrownBy(() -> GatewayFile.parse("f", text))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(message);
    }

    @Test
    void aKeyThatStandsTwiceIsRefused() {
        assertThatThrownBy(() -> GatewayFile.parse("f", "store: a\nstore: b\n"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("line 2");
    }

    /** The page shows a whole file; it must be one. */
    @Test
    void theExampleOfThePageIsRead() throws IOException {
        String page = Files.readString(Project.root().resolve("docs/gateway.md"));
        int start = page.indexOf("```yaml\n") + "```yaml\n".length();
        GatewayFile file = GatewayFile.parse("docs/gateway.md", page.substring(start, page.indexOf("```", start)));
        assertThat(file.store()).isPresent();
        assertThat(file.unix().path()).isPresent();
        assertThat(file.ssh().listen()).isPresent();
    }

    @Test
    void readsWhatIsToBeCollected() {
        assertThat(GatewayFile.defaults().gc().schedule()).isEmpty();
        GcFile gc = GatewayFile.parse("f", """
                gc:
                  interval: 30m
                  max-age: 30d
                  max-size: 200G
                  min-free: 10%
                  grace: 1h
                  dry-run: true
                  usage-database: jdbc:postgresql://db/berth
                """).gc();
        assertThat(gc.schedule().orElseThrow())
                .isEqualTo(new CollectionSchedule.Settings(
                        Duration.ofMinutes(30),
                        CollectionPolicy.NONE
                                .olderThan(Duration.ofDays(30))
                                .maxSize(200L << 30)
                                .minFree(new FreeSpace.Percent(10))
                                .grace(Duration.ofHours(1)),
                        true));
        assertThat(gc.usageDatabase()).contains("jdbc:postgresql://db/berth");
        assertThatThrownBy(() -> GatewayFile.parse("f", "gc:\n  max-size: big\n"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("not a size such as 500M");
    }

    @Test
    void aDiskCacheBecomesParametersOfTheStore() {
        GatewayFile file = GatewayFile.parse("gateway.yaml", """
                store: s3://bucket?region=x
                disk-cache:
                  path: /var/cache/berth
                  size: 20G
                """);
        assertThat(file.diskCache().on("s3://bucket?region=x"))
                .isEqualTo("s3://bucket?disk-cache=/var/cache/berth&disk-cache-size=20G&region=x");
        assertThat(file.diskCache().on("s3://bucket?disk-cache=/own")).contains("disk-cache=/own");
        assertThat(GatewayFile.defaults().diskCache().on("s3://bucket?region=x"))
                .isEqualTo("s3://bucket?region=x");
    }
}
