package dev.berth.store.daemon;

import dev.berth.linux.LinuxException;
import dev.berth.nix.nar.NarException;
import dev.berth.store.StoreException;
import dev.berth.store.StoreException.Kind;
import dev.berth.wire.RemoteException;
import java.io.IOException;
import java.util.List;
import java.util.regex.Pattern;

/** Turns what a daemon says, or that it says nothing more, into what a store says. */
final class DaemonFailure {
    private static final Pattern COLOURS = Pattern.compile("\u001b\\[[0-9;]*[A-Za-z]");

    /** Nix's words; the first that fits counts. The protocols have no numbers for errors. */
    private static final List<Rule> RULES = List.of(
            new Rule(Kind.UNTRUSTED, "lacks a (valid )?signature|lacks a signature by a trusted key"),
            new Rule(Kind.CORRUPT, "(hash|size) mismatch|bad archive|bad Nix archive|NAR (is|has|size)|malformed"),
            new Rule(Kind.NO_SPACE, "No space left on device|Disk quota exceeded|database or disk is full"),
            new Rule(Kind.READ_ONLY, "Read-only file system|readonly database"),
            new Rule(
                    Kind.REFUSED,
                    "still alive|not privileged|not allowed|not trusted|serve protocol cannot|not supported by"),
            new Rule(Kind.ABSENT, "is not valid|does not exist|is not in the Nix store"));

    private record Rule(Kind kind, Pattern words) {
        Rule(Kind kind, String words) {
            this(kind, Pattern.compile(words));
        }
    }

    private DaemonFailure() {}

    /**
     * @param what was tried, such as {@code cannot read PATH from URI}
     * @param failure a {@link RemoteException} or an {@link IOException}
     * @param lastWords what the other side wrote to standard error last, if it is gone; else empty
     */
    static StoreException of(String what, Exception failure, String lastWords) {
        String own = line(String.valueOf(failure.getMessage()));
        String words = line(lastWords);
        boolean reason = words.startsWith("error: ");
        String said = words.isEmpty() ? own : reason ? words.substring("error: ".length()) : own + " (" + words + ")";
        return new StoreException(kind(failure, reason, said), what + ": " + said, failure);
    }

    private static Kind kind(Exception failure, boolean reason, String said) {
        Throwable malformed = failure.getCause() instanceof NarException cause ? cause : failure;
        if (malformed instanceof NarException) {
            return Kind.CORRUPT;
        }
        if (failure instanceof LinuxException ofSource) {
            return Kind.of(ofSource);
        }
        boolean remote = failure instanceof RemoteException answered && !answered.connectionLost();
        if (!remote && !reason) {
            return Kind.ofSilence(failure);
        }
        return RULES.stream()
                .filter(rule -> rule.words().matcher(said).find())
                .map(Rule::kind)
                .findFirst()
                .orElse(Kind.FAILED);
    }

    /** In one line and without the colours that Nix puts in. */
    static String line(String text) {
        return COLOURS.matcher(text).replaceAll("").strip().replaceAll("\\s+", " ");
    }
}
