package dev.berth.node.nri.ttrpc;

import com.google.protobuf.ByteString;

/** A ttrpc message as it arrives, whole or skipped for its size. */
sealed interface Message {
    int REQUEST = 1;
    int RESPONSE = 2;
    int DATA = 3;

    /** A non-unary request of which no more will come. */
    int REMOTE_CLOSED = 1;

    /** A non-unary request of which more will come. */
    int REMOTE_OPEN = 2;

    /** An unsigned number; odd if the client began the stream. */
    int stream();

    /** @param type one of the above, or one of a later version, 0 to 255 */
    record Whole(int stream, int type, int flags, ByteString payload) implements Message {}

    /** A message that is too large; its bytes are skipped. */
    record Oversized(int stream, int type, int length) implements Message {
        TtrpcException refusal() {
            return TtrpcException.oversized(length);
        }
    }
}
