package dev.berth.node.nri.ttrpc;

import java.io.IOException;

/** A call did not succeed. The message is one line. */
public final class TtrpcException extends IOException {
    private static final long serialVersionUID = 1;

    private final Code code;

    /** @param code not {@link Code#OK} */
    public TtrpcException(Code code, String message) {
        super(message);
        this.code = code;
    }

    static TtrpcException oversized(int length) {
        return new TtrpcException(
                Code.RESOURCE_EXHAUSTED,
                "a message of " + length + " bytes is larger than the " + MessageChannel.MAX_MESSAGE
                        + " bytes that ttrpc allows");
    }

    /** How the call ended. */
    public Code code() {
        return code;
    }
}
