package dev.berth.gateway.unix;

import dev.berth.gateway.Role;
import dev.berth.linux.Groups;
import dev.berth.linux.LinuxException;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which users may connect, and which of them are trusted: Nix's settings {@code trusted-users} and {@code allowed-users}
 * (nix/unix/daemon.cc). Both hold names of users, {@code @group} for its members and {@code *} for everybody. Root is always
 * trusted: it can write the store's files anyway.
 *
 * @param trusted who may do everything
 * @param allowed who else may connect
 * @param refusedGroups primary groups whose users may not connect whatever the lists say: those that builds run as
 */
public record UserRules(List<String> trusted, List<String> allowed, List<String> refusedGroups) {
    /** Nix's defaults: root is trusted, everybody may connect. */
    public static final UserRules DEFAULT = new UserRules(List.of("root"), List.of("*"), List.of());

    /** Everybody may connect and nobody is trusted, not even root. */
    public static final UserRules UNTRUSTED = new UserRules(List.of(), List.of("*"), List.of());

    private static final Logger LOG = LoggerFactory.getLogger(UserRules.class);

    /** Copies the lists. */
    public UserRules {
        trusted = List.copyOf(trusted);
        allowed = List.copyOf(allowed);
        refusedGroups = List.copyOf(refusedGroups);
    }

    /** The role of who connected; empty for who may not. */
    Optional<Role> roleOf(Peer peer) {
        if (peer.isRoot() && !equals(UNTRUSTED)) {
            return Optional.of(Role.ADMIN);
        }
        if (refusedGroups.contains(peer.group())) {
            return Optional.empty();
        }
        if (matches(peer, trusted)) {
            return Optional.of(Role.ADMIN);
        }
        return matches(peer, allowed) ? Optional.of(Role.WRITER) : Optional.empty();
    }

    private static boolean matches(Peer peer, List<String> names) {
        if (names.contains("*") || names.contains(peer.user())) {
            return true;
        }
        for (String name : names) {
            if (name.startsWith("@") && isMember(peer, name.substring(1))) {
                return true;
            }
        }
        return false;
    }

    private static boolean isMember(Peer peer, String group) {
        if (group.equals(peer.group())) {
            return true;
        }
        try {
            return Groups.members(group).contains(peer.user());
        } catch (LinuxException e) {
            LOG.warn("cannot see who is in group '{}', so nobody is: {}", group, e.getMessage());
            return false;
        }
    }
}
