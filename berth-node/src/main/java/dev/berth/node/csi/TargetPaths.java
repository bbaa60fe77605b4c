package dev.berth.node.csi;

import static dev.berth.nix.FormatException.quote;

import io.grpc.Status;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Checks of the ids and paths that callers send. */
final class TargetPaths {
    /** More than the 128 bytes that the specification lets a caller send. */
    static final int MAX_VOLUME_ID = 1024;

    private static final int MAX_PATH = 4095;

    private TargetPaths() {}

    static String volumeId(String id) {
        if (id.isEmpty()) {
            throw invalid("the request has no volume id");
        }
        if (id.getBytes(StandardCharsets.UTF_8).length > MAX_VOLUME_ID) {
            throw invalid("the volume id " + quote(id) + " is longer than " + MAX_VOLUME_ID + " bytes");
        }
        return id;
    }

    /** @param what the field's name in messages, such as {@code target path} */
    static Path absolute(String what, String text) {
        if (text.isEmpty()) {
            throw invalid("the request has no " + what);
        }
        if (!text.startsWith("/") || text.equals("/")) {
            throw invalid("the " + what + " " + quote(text) + " is not an absolute path below /");
        }
        if (text.getBytes(StandardCharsets.UTF_8).length > MAX_PATH) {
            throw invalid("the " + what + " " + quote(text) + " is longer than " + MAX_PATH + " bytes");
        }
        for (String part : text.substring(1).split("/", -1)) {
            if (part.isEmpty() || part.equals(".") || part.equals("..") || part.indexOf('\0') >= 0) {
                throw invalid("the " + what + " " + quote(text)
                        + " is not canonical: it has an empty component, '.', '..' or a zero byte");
            }
        }
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw new CsiException(
                    Status.Code.INVALID_ARGUMENT, "the " + what + " " + quote(text) + " is no path on this machine", e);
        }
    }

    static CsiException invalid(String message) {
        return new CsiException(Status.Code.INVALID_ARGUMENT, message);
    }
}
