package dev.berth.gateway.unix;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.gateway.Role;
import dev.berth.linux.Groups;
import dev.berth.testing.Command;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who may connect, by Nix's settings. */
class UserRulesTest {
    private static UserRules rules(List<String> trusted, List<String> allowed) {
        return new UserRules(trusted, allowed, List.of("nixbld"));
    }

    private static final Peer ALICE = new Peer("alice", "users");

    @Test
    void nixsDefaults() {
        assertThat(UserRules.DEFAULT.roleOf(new Peer("root", "root"))).contains(Role.ADMIN);
        assertThat(UserRules.DEFAULT.roleOf(new Peer("0", "0"))).contains(Role.ADMIN);
        assertThat(UserRules.DEFAULT.roleOf(ALICE)).contains(Role.WRITER);
    }

    @Test
    void usersAndTheirPrimaryGroups() {
        assertThat(rules(List.of("alice"), List.of()).roleOf(ALICE)).contains(Role.ADMIN);
        assertThat(rules(List.of("@users"), List.of()).roleOf(ALICE)).contains(Role.ADMIN);
        assertThat(rules(List.of("*"), List.of()).roleOf(ALICE)).contains(Role.ADMIN);
        assertThat(rules(List.of(), List.of("alice")).roleOf(ALICE)).contains(Role.WRITER);
        assertThat(rules(List.of(), List.of("@users")).roleOf(ALICE)).contains(Role.WRITER);
        assertThat(rules(List.of("bob", "users", "@alice", "@no-such-group"), List.of("@"))
                        .roleOf(ALICE))
                .isEmpty();
        assertThat(rules(List.of(), List.of()).roleOf(new Peer("root", "root"))).contains(Role.ADMIN);
    }

    @Test
    void whoBuildsMayNotConnect() {
        assertThat(rules(List.of("*"), List.of("*")).roleOf(new Peer("nixbld1", "nixbld")))
                .isEmpty();
    }

    @Test
    void nobodyIsTrustedWhereThatIsForced() {
        assertThat(UserRules.UNTRUSTED.roleOf(new Peer("root", "root"))).contains(Role.WRITER);
    }

    /** The groups of this machine, as getent(1) sees them. */
    @Test
    void membersOfGroupsOfThisMachine() throws IOException {
        List<String> lines =
                Command.of("getent", "group").succeed().stdout().lines().toList();
        assertThat(lines).isNotEmpty();
        for (String line : lines) {
            String[] fields = line.split(":", -1);
            List<String> members = fields[3].isEmpty() ? List.of() : List.of(fields[3].split(","));
            assertThat(Groups.members(fields[0])).as(line).isEqualTo(members);
            for (String member : members) {
                assertThat(rules(List.of("@" + fields[0]), List.of()).roleOf(new Peer(member, "other")))
                        .contains(Role.ADMIN);
            }
        }
        assertThat(Groups.members("no-such-group")).isEmpty();
    }
}
