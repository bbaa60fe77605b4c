package dev.berth.deploy.apply;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.StreamSupport;

/** {@code metadata.managedFields} of a live object: who set which fields. */
final class ManagedFields {
    private final JsonNode entries;

    private ManagedFields(JsonNode entries) {
        this.entries = entries;
    }

    static ManagedFields of(JsonNode live) {
        return new ManagedFields(live.path("metadata").path("managedFields"));
    }

    /** The first of some managers that applied the object, as delivery tools do and controllers do not. */
    Optional<String> appliedBy(Collection<String> managers) {
        return stream()
                .filter(ManagedFields::isApply)
                .map(ManagedFields::manager)
                .filter(managers::contains)
                .findFirst();
    }

    /** The fields that a manager applied, in the form of structured-merge-diff's {@code FieldsV1}; empty if none. */
    Optional<JsonNode> applied(String manager) {
        List<JsonNode> found = stream()
                .filter(entry -> isApply(entry) && manager(entry).equals(manager))
                .toList();
        // Two entries are of two versions of the kind's API: which fields they mean only the server can tell.
        return found.size() == 1 ? Optional.of(found.getFirst().path("fieldsV1")) : Optional.empty();
    }

    /**
     * Whether applying the object again would change nothing: the manager applied exactly the object's fields, by the same
     * version of the API, and each still has the value that the object gives. False where it can't be told from here.
     */
    static boolean provesUnchanged(ObjectNode desired, JsonNode live, String manager) {
        List<JsonNode> own = ManagedFields.of(live).stream()
                .filter(entry -> isApply(entry) && manager(entry).equals(manager))
                .toList();
        return own.size() == 1
                && own.getFirst().path("apiVersion").equals(desired.path("apiVersion"))
                && AppliedFields.same(own.getFirst().path("fieldsV1"), desired, live);
    }

    /**
     * These entries as a list in which what one manager applied is another's, so that the latter, when it applies, also removes
     * what the former had and the new object lacks. The former's must be there, the latter's must not.
     */
    ArrayNode handedOver(String from, String to) {
        ArrayNode changed = entries.deepCopy();
        for (JsonNode entry : changed) {
            if (isApply(entry) && manager(entry).equals(from)) {
                ((ObjectNode) entry).put("manager", to);
            }
        }
        return changed;
    }

    /** Whether the manager has the same fields here as there; times are no matter. */
    boolean sameOf(String manager, ManagedFields other) {
        return Objects.equals(applied(manager), other.applied(manager));
    }

    private java.util.stream.Stream<JsonNode> stream() {
        return StreamSupport.stream(entries.spliterator(), false);
    }

    private static boolean isApply(JsonNode entry) {
        return entry.path("operation").asText().equals("Apply");
    }

    private static String manager(JsonNode entry) {
        return entry.path("manager").asText();
    }
}
