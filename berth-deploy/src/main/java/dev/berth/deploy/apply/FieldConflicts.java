package dev.berth.deploy.apply;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.kubernetes.ClusterException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Fields that the object sets and other managers have with other values, as the server names them. */
final class FieldConflicts {
    private static final Pattern MANAGER = Pattern.compile("conflict with \"((?:[^\"\\\\]|\\\\.)*)\"");
    private static final Pattern KEY = Pattern.compile("\\G,?([A-Za-z0-9_-]+)=(\"(?:[^\"\\\\]|\\\\.)*\"|[^,\\]]+)");
    private static final ObjectMapper JSON = new ObjectMapper();

    private final ObjectNode object;
    private final List<String> open = new ArrayList<>();
    private boolean taken;
    private boolean changed;

    /** A place in the object: what holds it, and which one it is. */
    private record Place(FieldPath path, JsonNode parent, FieldPath.Step step) {}

    private FieldConflicts(ObjectNode object) {
        this.object = object;
    }

    /**
     * Decides about each.
     *
     * @param earlier whether a manager is an earlier one of this deployment's, whose fields are taken
     */
    static FieldConflicts of(Target target, List<ClusterException.Cause> causes, Predicate<String> earlier) {
        FieldConflicts conflicts = new FieldConflicts(target.object().deepCopy());
        for (ClusterException.Cause cause : causes) {
            conflicts.decide(cause, target.rules().conflicts(), earlier);
        }
        return conflicts;
    }

    private void decide(ClusterException.Cause cause, ObjectRules.Conflicts rules, Predicate<String> earlier) {
        Matcher match = MANAGER.matcher(cause.message());
        String manager = match.find() ? match.group(1) : "another manager";
        Optional<Place> place = place(cause.field());
        FieldPath path = place.map(Place::path).orElse(FieldPath.ROOT);
        if (earlier.test(manager) || rules.takes(path, manager)) {
            taken = true;
        } else if (rules.leaves(path, manager) && place.isPresent()) {
            remove(place.get());
            changed = true;
        } else {
            open.add(cause.field().replaceFirst("^\\.", "") + " is " + manager + "'s");
        }
    }

    /** What nobody decided: the field and its manager. */
    List<String> open() {
        return open;
    }

    /** Whether fields are to be taken. */
    boolean taken() {
        return taken;
    }

    /** Whether fields were left out. */
    boolean changed() {
        return changed;
    }

    /** The object without the fields that are left to others. */
    ObjectNode object() {
        return object;
    }

    private static void remove(Place place) {
        switch (place.step()) {
            case FieldPath.Field(String name) -> ((ObjectNode) place.parent()).remove(name);
            case FieldPath.Element(int index, String _) -> ((ArrayNode) place.parent()).remove(index);
        }
    }

    /**
     * Finds a field as the server writes it (fieldpath/element.go): {@code .spec.containers[name="web"].image}. Names are not
     * quoted there even if they have dots, so that the object itself has to tell them apart.
     */
    private Optional<Place> place(String field) {
        JsonNode at = object;
        FieldPath path = FieldPath.ROOT;
        Place last = null;
        String rest = field.startsWith(".") || field.startsWith("[") ? field : "." + field;
        while (!rest.isEmpty()) {
            JsonNode parent = at;
            if (rest.startsWith("[")) {
                int end = closing(rest);
                int index = end < 0 ? -1 : element(parent, rest.substring(1, end));
                if (index < 0) {
                    return Optional.empty();
                }
                path = path.element(index, String.valueOf(index));
                at = parent.get(index);
                rest = rest.substring(end + 1);
            } else {
                Optional<String> name = name(parent, rest.substring(1));
                if (name.isEmpty()) {
                    return Optional.empty();
                }
                path = path.field(name.get());
                at = parent.path(name.get());
                rest = rest.substring(1 + name.get().length());
            }
            last = new Place(path, parent, path.steps().getLast());
        }
        return Optional.ofNullable(last);
    }

    /** The longest name of a field with which the rest begins. */
    private static Optional<String> name(JsonNode parent, String rest) {
        String best = null;
        for (Iterator<String> names = parent.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            boolean ends = rest.length() == name.length()
                    || (rest.length() > name.length() && ".[".indexOf(rest.charAt(name.length())) >= 0);
            if (rest.startsWith(name) && ends && (best == null || name.length() > best.length())) {
                best = name;
            }
        }
        return Optional.ofNullable(best);
    }

    /** Where the bracket at the beginning is closed, not counting those in quotes. */
    private static int closing(String text) {
        boolean quoted = false;
        for (int i = 1; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quoted && c == '\\') {
                i++;
            } else if (c == '"') {
                quoted = !quoted;
            } else if (c == ']' && !quoted) {
                return i;
            }
        }
        return -1;
    }

    /** The element that is meant by {@code name="web"}, {@code ="value"} or {@code 0}; -1 if it isn't there. */
    private static int element(JsonNode list, String text) {
        if (!list.isArray()) {
            return -1;
        }
        if (text.matches("\\d{1,6}")) {
            int index = Integer.parseInt(text);
            return index < list.size() ? index : -1;
        }
        for (int i = 0; i < list.size(); i++) {
            if (text.startsWith("=") ? Values.same(list.get(i), read(text.substring(1))) : fits(list.get(i), text)) {
                return i;
            }
        }
        return -1;
    }

    private static boolean fits(JsonNode element, String keys) {
        ObjectNode wanted = JSON.createObjectNode();
        for (Matcher key = KEY.matcher(keys); key.find(); ) {
            wanted.set(key.group(1), read(key.group(2)));
        }
        for (Map.Entry<String, JsonNode> key : wanted.properties()) {
            JsonNode value = element.path(key.getKey());
            if (!value.isMissingNode() && !Values.same(value, key.getValue())) {
                return false; // what the object leaves out the server adds
            }
        }
        return !wanted.isEmpty();
    }

    private static JsonNode read(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            return JSON.getNodeFactory().textNode(text);
        }
    }
}
