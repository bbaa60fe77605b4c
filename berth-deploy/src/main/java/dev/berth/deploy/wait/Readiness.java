package dev.berth.deploy.wait;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * Whether an object on the cluster is what was asked for.
 *
 * <p>The rules are those of {@code kubectl rollout status} for Deployments, DaemonSets and StatefulSets, of Helm's
 * {@code --wait --wait-for-jobs} for Jobs, Services and volume claims, and of kstatus (sigs.k8s.io/cli-utils) for
 * everything else, custom resources included; docs/deploy.md lists them. The annotations {@code is-ready} and
 * {@code validate-ignore}, by {@code berth.dev/} or {@code kluctl.io/}, come before them.
 */
public sealed interface Readiness {
    /** It is as it was asked for. */
    record Ready() implements Readiness {}

    /**
     * It is on its way.
     *
     * @param why what is still missing, such as {@code 1 of 3 pods is available}
     */
    record Waiting(String why) implements Readiness {}

    /**
     * Something is wrong that seldom heals by itself, but may: a container that crashes again and again, an image that
     * cannot be pulled, a quota that is used up. Worth telling at once; not an end.
     *
     * @param why what is wrong, such as {@code container web: CrashLoopBackOff}
     */
    record Troubled(String why) implements Readiness {}

    /**
     * It will not become ready unless it is changed.
     *
     * @param why what the cluster says of it
     */
    record Failed(String why) implements Readiness {}

    /** One word: {@code ready}, {@code waiting}, {@code troubled} or {@code failed}. */
    default String word() {
        return switch (this) {
            case Ready _ -> "ready";
            case Waiting _ -> "waiting";
            case Troubled _ -> "troubled";
            case Failed _ -> "failed";
        };
    }

    /** What is missing or wrong; empty if nothing is, or nothing is known of it. */
    default String why() {
        return switch (this) {
            case Ready _ -> "";
            case Waiting(String missing) -> missing;
            case Troubled(String wrong) -> wrong;
            case Failed(String wrong) -> wrong;
        };
    }

    /**
     * What an object's own fields say.
     *
     * @param live as the API server gives it; any shape is taken
     */
    static Readiness of(ObjectNode live) {
        return Rules.apply(new Live(live));
    }
}
