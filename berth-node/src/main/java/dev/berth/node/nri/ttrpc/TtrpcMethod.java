package dev.berth.node.nri.ttrpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;

/** What answers calls of one method. Called on a thread of each call's own, which is interrupted at the call's deadline. */
@FunctionalInterface
public interface TtrpcMethod {
    /**
     * Answers a call.
     *
     * @param payload the request
     * @throws TtrpcException what the caller is told instead of an answer
     * @throws InvalidProtocolBufferException if the request is none; the caller is told {@link Code#INVALID_ARGUMENT}
     * @throws InterruptedException when the deadline has passed; nobody waits any more
     */
    MessageLite answer(ByteString payload, TtrpcCall call)
            throws TtrpcException, InvalidProtocolBufferException, InterruptedException;
}
