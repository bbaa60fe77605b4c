package dev.berth.node.expression;

/** An expression that did not come to store paths. The message is one line: which, where in it, why, what to do. */
public final class ExpressionException extends RuntimeException {
    /** What is to be done about it. */
    public enum Kind {
        /** The expression is wrong, or what it builds fails: only another one helps. */
        WRONG,
        /** It took too long. */
        TIMEOUT,
        /** This node can't evaluate it. */
        IMPOSSIBLE,
        /** The agent is being stopped, or nobody wants it any more. */
        INTERRUPTED
    }

    private final Kind kind;

    ExpressionException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    ExpressionException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    /** What is to be done about it. */
    public Kind kind() {
        return kind;
    }
}
