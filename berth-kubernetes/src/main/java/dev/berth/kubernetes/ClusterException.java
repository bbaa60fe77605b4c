package dev.berth.kubernetes;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request to an API server that did not do what it was to do. The message is one line for the user: what, where, why, and
 * what to do where that is known.
 */
public final class ClusterException extends IOException {
    /** What happened, as far as a caller may want to do something else about it. */
    public enum Kind {
        /** The kubeconfig, a certificate or a credential plugin: nothing was asked of the server. */
        CONFIGURATION,
        /** No connection, or it was lost. */
        UNREACHABLE,
        /** No answer in time; the server may have done it all the same. */
        TIMEOUT,
        /** The server does not know who we are. */
        UNAUTHORIZED,
        /** It knows who we are, and we may not. */
        FORBIDDEN,
        /** No such object, namespace or kind. */
        NOT_FOUND,
        /** Other field managers own fields that were to be changed; {@link #causes()} names them. */
        CONFLICT,
        /** The object is not, or no longer, the one that the request was made for (resource version or uid). */
        STALE,
        /** The server does not accept the object; {@link #causes()} has the fields where it names them. */
        INVALID,
        /** There is one of that name. */
        ALREADY_EXISTS,
        /** The kind can't be used like that, such as listed. */
        METHOD_NOT_ALLOWED,
        /** The resource version to go on from is too old: list again. */
        GONE,
        /** Still too many requests after having waited. */
        TOO_MANY_REQUESTS,
        /** Anything else that is the server's fault. */
        SERVER
    }

    /**
     * A part of an answer.
     *
     * @param field the path of the field, such as {@code .spec.replicas}; empty if it is about none
     * @param reason one word, such as {@code FieldValueInvalid} or {@code FieldManagerConflict}; may be empty
     * @param message what the server says, one line
     */
    public record Cause(String field, String reason, String message) {}

    private static final long serialVersionUID = 1;

    private final Kind kind;
    private final transient List<Cause> causes;
    private final String reason;

    ClusterException(Kind kind, String reason, String message, List<Cause> causes, @Nullable Throwable origin) {
        super(message, origin);
        this.kind = kind;
        this.reason = reason;
        this.causes = List.copyOf(causes);
    }

    ClusterException(Kind kind, String message) {
        this(kind, "", message, List.of(), null);
    }

    ClusterException(Kind kind, String message, Throwable origin) {
        this(kind, "", message, List.of(), origin);
    }

    /** What happened. */
    public Kind kind() {
        return kind;
    }

    /**
     * The API's own word for it, such as {@code NotFound}; empty if there was none, as where something on the way to the server
     * answered in its place.
     */
    public String reason() {
        return reason;
    }

    /** The details that the server gave, in its order; at most a hundred. */
    public List<Cause> causes() {
        return causes;
    }

    /** Whether the same request may work later without anybody having done anything. */
    public boolean retryable() {
        return switch (kind) {
            case UNREACHABLE, TIMEOUT, TOO_MANY_REQUESTS, SERVER -> true;
            case CONFIGURATION,
                    UNAUTHORIZED,
                    FORBIDDEN,
                    NOT_FOUND,
                    CONFLICT,
                    STALE,
                    INVALID,
                    ALREADY_EXISTS,
                    METHOD_NOT_ALLOWED,
                    GONE -> false;
        };
    }

    /**
     * Whether the object was refused because a field of it can't be changed once it is there: deleting and creating it would
     * work. The API has no word for this, but its validation has few sentences for it.
     */
    public boolean immutable() {
        return kind == Kind.INVALID
                && causes.stream()
                        .map(Cause::message)
                        .anyMatch(message -> message.contains("field is immutable")
                                || message.contains("may not be changed")
                                || message.contains("may not change once set")
                                || message.contains("is immutable after creation")
                                || message.contains("cannot be changed")
                                || (message.contains("updates to ") && message.contains(" are forbidden"))
                                || message.contains("updates may not change fields other than"));
    }
}
