package dev.berth.store.nix;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Messages as Nix 2.8 and Nix 2.26 print them. */
class NixMessagesTest {
    @Test
    void positionBehindTheMessage() {
        assertThat(NixMessages.condense("""
                        error: attribute 'a' missing

                               at /x/bad2.nix:2:13:

                                    1| { x ? 1 }:
                        """.lines().toList())).isEqualTo("/x/bad2.nix:2:13: attribute 'a' missing");
    }

    @Test
    void adviceForDevelopersIsLeftOut() {
        assertThat(NixMessages.condense("""
                        error: The option `a' is twice:
                        - in `x.nix'
                        (use '--show-trace' to show detailed location information)
                        """.lines().toList())).isEqualTo("The option `a' is twice: - in `x.nix'");
    }

    @Test
    void traceInFrontOfTheMessage() {
        assertThat(NixMessages.condense("""
                        error:
                               … while calling the 'toJSON' builtin
                                 at «string»:1:64:
                               … while evaluating the attribute 'metadata.name'
                                 at /x/p.nix:1:17:
                                    1| { kind = "Pod"; metadata.name = throw "hm"; }

                               error: hm
                        """.lines().toList())).isEqualTo("/x/p.nix:1:17: hm");
    }

    @Test
    void theCauseNotWhatFollowsFromIt() {
        assertThat(NixMessages.condense("""
                        error: builder for '/nix/store/x-y.drv' failed with exit code 3;
                               last 1 log lines:
                               > oops
                               For full logs, run 'nix log /nix/store/x-y.drv'.
                        error: 1 dependencies of derivation '/nix/store/x-z.drv' failed to build
                        """.lines().toList()))
                .startsWith("builder for '/nix/store/x-y.drv' failed with exit code 3; last 1 log lines: > oops");
    }

    @Test
    void aPathThatNothingOffersIsSaidOnce() {
        String path = "/nix/store/" + "a".repeat(32) + "-x";
        assertThat(NixMessages.condense(List.of(
                        "don't know how to build these paths:", "  " + path, "error: build of '" + path + "' failed")))
                .isEqualTo("don't know how to build these paths: " + path);
        assertThat(NixMessages.isOfAnError("don't know how to build these paths:"))
                .isTrue();
    }

    @Test
    void terminalCodesAreTakenOut() {
        assertThat(NixMessages.plain("\u001b[31;1merror:\u001b[0m x\u0007y")).isEqualTo("error: x y");
    }
}
