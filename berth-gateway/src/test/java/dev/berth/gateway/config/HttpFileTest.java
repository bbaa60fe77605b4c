package dev.berth.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.gateway.http.CacheSettings;
import dev.berth.gateway.http.HttpConfig;
import dev.berth.gateway.http.UploadLimits;
import dev.berth.store.config.ConfigException;
import dev.berth.store.config.HostPort;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The part of the gateway's file about HTTP. */
class HttpFileTest {
    @Test
    void anEmptyFileServesNothing() {
        HttpFile http = GatewayFile.parse("f", "").http();
        assertThat(http.listen()).isEmpty();
        assertThat(http.cache()).isEqualTo(CacheSettings.DEFAULT);
        assertThat(http.at(HostPort.parse("127.0.0.1:80"))).isEqualTo(HttpConfig.of("127.0.0.1", 80));
    }

    @Test
    void everyKeyIsRead() {
        HttpFile http = GatewayFile.parse("f", """
                http:
                  listen: "[::1]:8080"
                  tls-certificate: /c
                  tls-key: /k
                  sign-key-files: [/a, /b]
                  read-token-file: /r
                  upload-token-file: /u
                  uploads: all
                  priority: 7
                  want-mass-query: false
                  compression: false
                  upload-space: 2G
                  upload-wait: 9s
                  upload-settled: 1s
                  private-metrics: true
                  max-connections: 1
                  max-requests: 2
                  max-target: 3
                  max-head: 4
                  idle: 5s
                  head-time: 6s
                  stall: 7s
                  min-rate: 8
                """).http();
        assertThat(http.listen()).contains(new HostPort("::1", 8080));
        assertThat(http.at(new HostPort("x", 1)))
                .isEqualTo(new HttpConfig(
                        "x",
                        1,
                        Optional.of(new HttpConfig.Tls(Path.of("/c"), Path.of("/k"))),
                        true,
                        new HttpConfig.Limits(
                                1, 2, 3, 4, Duration.ofSeconds(5), Duration.ofSeconds(6), Duration.ofSeconds(7), 8)));
        CacheSettings expected = new CacheSettings(
                7,
                false,
                List.of(Path.of("/a"), Path.of("/b"), Path.of("/c")),
                Optional.of(Path.of("/r")),
                Optional.of(Path.of("/other")),
                CacheSettings.Uploads.ALL,
                Set.of(),
                false,
                new UploadLimits(2L << 30, Duration.ofSeconds(9), Duration.ofSeconds(1)));
        assertThat(http.with(List.of(Path.of("/c")), Optional.empty(), Optional.of(Path.of("/other")))
                        .cache())
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "tls-key: /k | go together",
                "uploads: some | neither signed nor all",
                "upload-space: 0 | uploads need room",
                "priority: -1 | a priority is not below 0",
                "max-requests: 0 | at least 1",
                "public: true | unknown key 'http.public'"
            })
    void whatCannotBeIsRefused(String line, String message) {
        assertThatThrownBy(() -> GatewayFile.parse("f", "http:\n  " + line + "\n"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(message);
    }
}
