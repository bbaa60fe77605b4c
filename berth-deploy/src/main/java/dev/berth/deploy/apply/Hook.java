package dev.berth.deploy.apply;

import dev.berth.nix.FormatException;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * An object that is made anew at certain moments of every deployment, such as a Job that migrates a database: kluctl's
 * {@code hook} annotations. It runs within the barrier of its priority, before or behind the barrier's other objects.
 *
 * @param moments when
 * @param weight hooks of one moment run one after another, smaller weights first
 * @param policies when it is deleted
 * @param waited whether the deployment waits until it is done
 */
record Hook(Set<Moment> moments, int weight, Set<DeletePolicy> policies, boolean waited) {
    /** When a hook runs. */
    enum Moment {
        /** Before the others of its barrier. */
        PRE_DEPLOY,
        /** So, if nothing of the deployment was there. */
        PRE_DEPLOY_INITIAL,
        /** So, if something was. */
        PRE_DEPLOY_UPGRADE,
        /** Behind the others of its barrier. */
        POST_DEPLOY,
        /** So, if nothing of the deployment was there. */
        POST_DEPLOY_INITIAL,
        /** So, if something was. */
        POST_DEPLOY_UPGRADE
    }

    /** When a hook is deleted. */
    enum DeletePolicy {
        /** Before it is made again. */
        BEFORE_HOOK_CREATION,
        /** Once it is done. */
        HOOK_SUCCEEDED,
        /** Once it has failed. */
        HOOK_FAILED
    }

    static Optional<Hook> of(Annotations annotations) {
        Optional<String> hook = annotations.text("hook");
        if (hook.isEmpty()) {
            return Optional.empty();
        }
        Set<DeletePolicy> policies = values(
                "hook-delete-policy",
                annotations.text("hook-delete-policy").orElse("before-hook-creation"),
                DeletePolicy.class);
        return Optional.of(new Hook(
                values("hook", hook.get(), Moment.class),
                annotations.number("hook-weight").orElse(0),
                policies,
                annotations.flag("hook-wait").orElse(true)));
    }

    private static <E extends Enum<E>> Set<E> values(String annotation, String text, Class<E> type) {
        EnumSet<E> values = EnumSet.noneOf(type);
        for (String word : text.split(",", -1)) {
            String name = word.strip().toUpperCase(Locale.ROOT).replace('-', '_');
            values.add(Arrays.stream(type.getEnumConstants())
                    .filter(value -> value.name().equals(name))
                    .findFirst()
                    .orElseThrow(() -> new FormatException("annotation " + annotation + ": '" + word.strip()
                            + "' is none of " + String.join(", ", words(type)))));
        }
        return values;
    }

    private static <E extends Enum<E>> Iterable<String> words(Class<E> type) {
        return Arrays.stream(type.getEnumConstants())
                .map(value -> value.name().toLowerCase(Locale.ROOT).replace('_', '-'))
                .toList();
    }

    /** Whether it runs before its barrier's others. */
    boolean before(boolean initial) {
        return moments.contains(Moment.PRE_DEPLOY)
                || moments.contains(initial ? Moment.PRE_DEPLOY_INITIAL : Moment.PRE_DEPLOY_UPGRADE);
    }

    /** Whether it runs behind its barrier's others. */
    boolean behind(boolean initial) {
        return moments.contains(Moment.POST_DEPLOY)
                || moments.contains(initial ? Moment.POST_DEPLOY_INITIAL : Moment.POST_DEPLOY_UPGRADE);
    }
}
