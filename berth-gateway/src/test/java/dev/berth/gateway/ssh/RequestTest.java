package dev.berth.gateway.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The command lines that clients send. */
class RequestTest {
    private static Request parse(String line) {
        return Request.parse(line, "2.26.3");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nix-daemon --stdio",
                "'nix-daemon' '--stdio'",
                "/run/current-system/sw/bin/nix-daemon --stdio",
                "nix daemon --stdio",
                "nix --extra-experimental-features nix-command daemon --stdio",
                "nix --extra-experimental-features 'nix-command flakes' daemon --stdio -v",
                "/nix/store/a-nix/bin/nix daemon --stdio --option keep-going true",
                "nix-daemon --stdio --store daemon",
                "nix-daemon --stdio --default-trust --process-ops",
            })
    void theWorkerProtocol(String line) {
        assertThat(parse(line)).isEqualTo(new Request.Worker(false));
    }

    @Test
    void theServeProtocol() {
        assertThat(parse("nix-store --serve")).isEqualTo(new Request.Serve(false));
        assertThat(parse("nix-store --serve --write")).isEqualTo(new Request.Serve(true));
        assertThat(parse("/usr/bin/nix-store  --serve\t--write --store 'auto'")).isEqualTo(new Request.Serve(true));
    }

    @Test
    void trustCanBeGivenUpButNotTaken() {
        assertThat(parse("nix-daemon --stdio --force-untrusted")).isEqualTo(new Request.Worker(true));
        assertThat(parse("nix-daemon --stdio --force-trusted")).isInstanceOf(Request.Refusal.class);
    }

    @Test
    void whatIsOnlyAsked() {
        assertThat(parse("echo started")).isEqualTo(new Request.Answer("started"));
        assertThat(parse("nix-store --version")).isEqualTo(new Request.Answer("nix-store (Nix) 2.26.3"));
        assertThat(parse("nix --version")).isEqualTo(new Request.Answer("nix (Nix) 2.26.3"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nix-daemon --stdio; id",
                "nix-daemon --stdio | tee x",
                "nix-daemon --stdio `id`",
                "nix-daemon --stdio \"$(id)\"",
                "nix-daemon --stdio > /etc/passwd",
                "nix-daemon --stdio\nid",
                "nix-daemon '--stdio",
                "nix-daemon --stdio \\",
                "nix-daemon",
                "nix-daemon --stdio --store ssh://elsewhere",
                "nix-daemon --stdio --option a",
                "nix-store -r /nix/store/x",
                "nix build",
                "nix",
                "sh -c 'nix-daemon --stdio'",
                "NIX_REMOTE=x nix-daemon --stdio",
                "",
                "   ",
            })
    void everythingElseIsRefused(String line) {
        assertThat(parse(line)).isInstanceOfSatisfying(Request.Refusal.class, refusal -> {
            assertThat(refusal.reason()).isNotBlank().doesNotContain("\n");
            assertThat(refusal.exitCode()).isPositive();
        });
    }

    @Test
    void wordsAreSplitAsAShellDoes() {
        assertThat(ShellWords.split("a 'b c'\"d \\\" e\"\\ f  ''")).containsExactly("a", "b cd \" e f", "");
    }
}
