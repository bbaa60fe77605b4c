package dev.berth.deploy.apply;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.kubernetes.ObjectKey;
import java.util.List;
import java.util.Locale;

/** Plans and reports as JSON for scripts; {@code docs/deploy.md} has the fields, which stay as they are. */
public final class PlanJson {
    private static final ObjectMapper JSON = new ObjectMapper();

    private PlanJson() {}

    /** A plan. Values of Secrets are left out. */
    public static ObjectNode of(Plan plan) {
        ObjectNode json = JSON.createObjectNode().put("context", plan.cluster());
        plan.deployment().discriminator().ifPresent(value -> json.put("discriminator", value.value()));
        json.put("changesAnything", plan.changesAnything());
        ArrayNode changes = json.putArray("changes");
        plan.changes().forEach(change -> changes.add(change(change)));
        ArrayNode removals = json.putArray("delete");
        plan.removals().forEach(removal -> removals.add(key(removal.key())));
        ArrayNode kept = json.putArray("kept");
        plan.kept().forEach(one -> kept.add(key(one.key()).put("why", one.why())));
        plan.notLooked().forEach(json.putArray("notLooked")::add);
        plan.notes().forEach(json.putArray("notes")::add);
        return json;
    }

    private static ObjectNode change(Change change) {
        ObjectNode json = key(change.key());
        switch (change) {
            case Change.Unchanged _ -> json.put("action", "unchanged");
            case Change.Ignored _ -> json.put("action", "ignored");
            case Change.Create create -> {
                json.put("action", "create");
                create.unasked().ifPresent(why -> json.put("unasked", why));
            }
            case Change.Update update -> {
                json.put("action", "change");
                update.unasked().ifPresent(why -> json.put("unasked", why));
                update.takenFrom().ifPresent(from -> json.put("takenFrom", from));
                json.set("fields", fields(update.fields()));
            }
            case Change.Recreate recreate -> {
                json.put("action", "recreate").put("why", recreate.why());
                json.set("fields", fields(recreate.fields()));
            }
            case Change.RunHook hook -> json.put("action", "hook").put("when", hook.when());
            case Change.Refused refused -> json.put("action", "refused").put("why", refused.why());
        }
        return json;
    }

    private static ArrayNode fields(List<FieldChange> changes) {
        ArrayNode fields = JSON.createArrayNode();
        for (FieldChange hidden : changes) {
            FieldChange change = Masking.shown(hidden);
            ObjectNode field = fields.addObject().put("path", change.path().toString());
            set(field, "before", change.before());
            set(field, "after", change.after());
        }
        return fields;
    }

    private static void set(ObjectNode field, String name, JsonNode value) {
        if (!value.isMissingNode()) {
            field.set(name, value);
        }
    }

    /** How a plan was carried out. */
    public static ObjectNode of(DeployReport report) {
        ObjectNode json = JSON.createObjectNode().put("complete", report.complete());
        report.problem().ifPresent(problem -> json.put("problem", problem));
        ArrayNode objects = json.putArray("objects");
        for (Outcome outcome : report.outcomes()) {
            ObjectNode object = key(outcome.key()).put("result", word(outcome.result()));
            if (!outcome.detail().isEmpty()) {
                object.put("detail", outcome.detail());
            }
            objects.add(object);
        }
        return json;
    }

    /** How a result is spelled: {@code not-done}. */
    public static String word(Outcome.Result result) {
        return result.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Which object: apiVersion, kind, name, and the namespace if it is in one. */
    static ObjectNode key(ObjectKey key) {
        ObjectNode json =
                JSON.createObjectNode().put("apiVersion", key.apiVersion()).put("kind", key.kind());
        if (!key.namespace().isEmpty()) {
            json.put("namespace", key.namespace());
        }
        return json.put("name", key.name());
    }
}
