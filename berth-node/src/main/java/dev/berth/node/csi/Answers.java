package dev.berth.node.csi;

import dev.berth.store.StoreException;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers a call with what its work gives or with the status of what it throws:
 *
 * <table>
 * <caption>Statuses of {@link StoreException} kinds</caption>
 * <tr><td>ABSENT</td><td>NOT_FOUND</td></tr>
 * <tr><td>UNTRUSTED, READ_ONLY, REFUSED</td><td>FAILED_PRECONDITION</td></tr>
 * <tr><td>CORRUPT</td><td>DATA_LOSS</td></tr>
 * <tr><td>UNAVAILABLE, SLOW</td><td>UNAVAILABLE</td></tr>
 * <tr><td>NO_SPACE</td><td>RESOURCE_EXHAUSTED</td></tr>
 * <tr><td>FAILED</td><td>INTERNAL</td></tr>
 * </table>
 */
final class Answers {
    private static final Logger LOG = LoggerFactory.getLogger(Answers.class);
    private static final int MAX_MESSAGE = 2000;

    private Answers() {}

    static <T> void to(StreamObserver<T> reply, String call, Supplier<T> work) {
        T answer;
        try {
            answer = work.get();
        } catch (CsiException e) {
            fail(reply, call, e.code(), e);
            return;
        } catch (StoreException e) {
            fail(reply, call, code(e.kind()), e);
            return;
        } catch (RuntimeException e) {
            // A defect of ours: the caller gets a line, the log the place.
            LOG.error("{} failed", call, e);
            reply.onError(Status.INTERNAL
                    .withDescription(call + " failed by a defect of the driver: " + oneLine(String.valueOf(e)))
                    .asRuntimeException());
            return;
        }
        reply.onNext(answer);
        reply.onCompleted();
    }

    private static void fail(StreamObserver<?> reply, String call, Status.Code code, RuntimeException e) {
        String message = oneLine(String.valueOf(e.getMessage()));
        LOG.warn("{}: {}: {}", call, code, message);
        reply.onError(code.toStatus().withDescription(message).asRuntimeException());
    }

    static Status.Code code(StoreException.Kind kind) {
        return switch (kind) {
            case ABSENT -> Status.Code.NOT_FOUND;
            case UNTRUSTED, READ_ONLY, REFUSED -> Status.Code.FAILED_PRECONDITION;
            case CORRUPT -> Status.Code.DATA_LOSS;
            case UNAVAILABLE, SLOW -> Status.Code.UNAVAILABLE;
            case NO_SPACE -> Status.Code.RESOURCE_EXHAUSTED;
            case FAILED -> Status.Code.INTERNAL;
        };
    }

    /** HTTP/2 trailers are small and kubelet puts the text into an event. */
    private static String oneLine(String message) {
        String line = message.replaceAll("\\p{Cntrl}+", " ").strip();
        return line.length() > MAX_MESSAGE ? line.substring(0, MAX_MESSAGE) + "…" : line;
    }
}
