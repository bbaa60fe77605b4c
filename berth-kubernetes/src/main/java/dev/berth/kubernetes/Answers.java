package dev.berth.kubernetes;

import static dev.berth.kubernetes.ClusterException.Kind;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** What an API server's answers mean: JSON, and its {@code Status} (apimachinery, meta/v1/types.go) as an exception. */
final class Answers {
    private static final int MOST_CAUSES = 100;

    static final ObjectMapper MAPPER = new ObjectMapper(JsonFactory.builder()
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(500).build())
            .build());
    private static final ObjectReader READER = MAPPER.reader();

    private Answers() {}

    static JsonNode json(String what, byte[] body) throws ClusterException {
        try {
            return READER.readTree(body);
        } catch (JsonProcessingException e) {
            throw new ClusterException(
                    Kind.SERVER, what + ": the server's answer is not JSON: " + Text.line(e.getOriginalMessage()), e);
        } catch (IOException e) {
            throw new ClusterException(Kind.SERVER, what + ": the server's answer can't be read", e);
        }
    }

    static ObjectNode object(String what, byte[] body) throws ClusterException {
        if (json(what, body) instanceof ObjectNode object) {
            return object;
        }
        throw new ClusterException(Kind.SERVER, what + ": the server's answer is not an object");
    }

    /** A failure that the server told by its status code and, mostly, a {@code Status}. */
    static ClusterException failure(Call call, Access access, int code, byte[] body) {
        JsonNode status = status(body);
        List<ClusterException.Cause> causes = new ArrayList<>();
        for (JsonNode cause : status.path("details").path("causes")) {
            if (causes.size() < MOST_CAUSES) {
                String field = cause.path("field").asText("");
                causes.add(new ClusterException.Cause(
                        field.isEmpty() ? "" : Text.line(field),
                        Text.printable(cause.path("reason").asText("")),
                        Text.line(cause.path("message").asText(""))));
            }
        }
        String said = status.path("message").asText("");
        String reason = Text.printable(status.path("reason").asText(""));
        Kind kind = kind(code, reason, said, causes);
        String why = said.isEmpty() ? "the server answered with status " + code : Text.line(said);
        String message = call.what() + ": " + why;
        return new ClusterException(kind, reason, message + advice(kind, access), causes, null);
    }

    private static JsonNode status(byte[] body) {
        try {
            JsonNode status = READER.readTree(body);
            return status.path("kind").asText().equals("Status") ? status : MissingNode.getInstance();
        } catch (IOException e) {
            return MissingNode.getInstance(); // not every proxy on the way speaks JSON: the code says enough
        }
    }

    /** The failure that an event of a watch tells. */
    static ClusterException failure(Call call, Access access, JsonNode status) {
        return failure(
                call, access, status.path("code").asInt(500), status.toString().getBytes(StandardCharsets.UTF_8));
    }

    private static Kind kind(int code, String reason, String message, List<ClusterException.Cause> causes) {
        return switch (code) {
            case 401 -> Kind.UNAUTHORIZED;
            case 403 -> Kind.FORBIDDEN;
            case 404 -> Kind.NOT_FOUND;
            case 405 -> Kind.METHOD_NOT_ALLOWED;
            case 409 ->
                causes.stream().anyMatch(cause -> cause.reason().equals("FieldManagerConflict"))
                        ? Kind.CONFLICT
                        : reason.equals("AlreadyExists") ? Kind.ALREADY_EXISTS : Kind.STALE;
            case 410 -> Kind.GONE;
            case 429 -> Kind.TOO_MANY_REQUESTS;
            // Older servers call an object that has not the shape of its kind their own fault.
            case 500 -> message.startsWith("failed to create typed patch object") ? Kind.INVALID : Kind.SERVER;
            default -> {
                if (reason.equals("Timeout") || reason.equals("ServerTimeout")) {
                    yield Kind.TIMEOUT;
                }
                yield code > 500 ? Kind.SERVER : Kind.INVALID;
            }
        };
    }

    private static String advice(Kind kind, Access access) {
        return switch (kind) {
            case UNAUTHORIZED ->
                " (" + access.server() + " does not accept the credentials of the context '" + access.context()
                        + "' in " + access.origin() + ": log in again)";
            default -> "";
        };
    }
}
