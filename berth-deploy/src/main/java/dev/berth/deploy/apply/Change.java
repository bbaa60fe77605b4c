package dev.berth.deploy.apply;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.kubernetes.ObjectKey;
import java.util.List;
import java.util.Optional;

/** What is to become of one object of the manifest. */
public sealed interface Change {
    /** Which object. */
    ObjectKey key();

    /** One whose object is known to the cluster, and may be applied. */
    sealed interface Applicable extends Change {
        /** The object. */
        Target target();

        @Override
        default ObjectKey key() {
            return target().key();
        }
    }

    /**
     * It is there as the manifest has it.
     *
     * @param live as it is there
     */
    record Unchanged(Target target, ObjectNode live) implements Applicable {}

    /**
     * It is new.
     *
     * @param after as it will be, as far as the server could tell
     * @param unasked why the server could not be asked yet, such as that its namespace comes with this deployment
     */
    record Create(Target target, ObjectNode after, Optional<String> unasked) implements Applicable {}

    /**
     * It will be different, or only have another manager.
     *
     * @param before as it is
     * @param after as it will be, as far as the server could tell
     * @param unasked why the server could not be asked
     * @param takenFrom the manager of an earlier tool whose fields become ours
     */
    record Update(
            Target target, ObjectNode before, ObjectNode after, Optional<String> unasked, Optional<String> takenFrom)
            implements Applicable {
        /** What is different; empty if it is only managed by others. */
        public List<FieldChange> fields() {
            return Differences.between(before, after, target.rules().diff());
        }
    }

    /**
     * It can't be changed, so it is deleted and made anew.
     *
     * @param before as it is
     * @param why what can't be changed
     */
    record Recreate(Target target, ObjectNode before, String why) implements Applicable {
        /** What is different. */
        public List<FieldChange> fields() {
            return Differences.between(before, target.object(), target.rules().diff()).stream()
                    .filter(field -> !field.after().isMissingNode()) // defaults come back
                    .toList();
        }
    }

    /**
     * It runs at its moment, whatever was there before.
     *
     * @param when for the user, such as {@code before the others of its kind}
     */
    record RunHook(Target target, String when) implements Applicable {}

    /** Its annotations say to leave it alone. */
    record Ignored(ObjectKey key) implements Change {}

    /**
     * It can't be applied, and so nothing is.
     *
     * @param why one line
     */
    record Refused(ObjectKey key, String why) implements Change {}
}
