package dev.berth.node.nri;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import com.google.protobuf.UnknownFieldSet;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.protobuf.lite.ProtoLiteUtils;
import io.grpc.stub.ClientCalls;
import java.util.concurrent.TimeUnit;

/** Messages of the Container Runtime Interface by their field numbers: few are needed. */
final class CriMessage {
    private CriMessage() {}

    /** A message of field numbers, each followed by its value: a number, a text or a message. */
    static UnknownFieldSet of(Object... numbersAndValues) {
        UnknownFieldSet.Builder message = UnknownFieldSet.newBuilder();
        for (int i = 0; i < numbersAndValues.length; i += 2) {
            UnknownFieldSet.Field.Builder field = UnknownFieldSet.Field.newBuilder();
            switch (numbersAndValues[i + 1]) {
                case Integer number -> field.addVarint(number);
                case String text -> field.addLengthDelimited(ByteString.copyFromUtf8(text));
                case MessageLite inner -> field.addLengthDelimited(inner.toByteString());
                case Object other -> throw new IllegalArgumentException(other.toString());
            }
            message.mergeField((Integer) numbersAndValues[i], field.build());
        }
        return message.build();
    }

    /** Calls a method of the runtime service; returns the first field of its answer, which is an id if there is one. */
    static String call(ManagedChannel channel, String method, UnknownFieldSet request) {
        UnknownFieldSet none = UnknownFieldSet.getDefaultInstance();
        MethodDescriptor<UnknownFieldSet, UnknownFieldSet> descriptor =
                MethodDescriptor.<UnknownFieldSet, UnknownFieldSet>newBuilder()
                        .setType(MethodDescriptor.MethodType.UNARY)
                        .setFullMethodName("runtime.v1.RuntimeService/" + method)
                        .setRequestMarshaller(ProtoLiteUtils.marshaller(none))
                        .setResponseMarshaller(ProtoLiteUtils.marshaller(none))
                        .build();
        UnknownFieldSet answer = ClientCalls.blockingUnaryCall(
                channel, descriptor, CallOptions.DEFAULT.withDeadlineAfter(60, TimeUnit.SECONDS), request);
        return answer.hasField(1)
                        && !answer.getField(1).getLengthDelimitedList().isEmpty()
                ? answer.getField(1).getLengthDelimitedList().getFirst().toStringUtf8()
                : "";
    }
}
