package dev.berth.node.presentation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A directory of the store that a dereferenced tree shows, and the one that it is shown in; their links may not lead back.
 *
 * @param place the components of its path in the store, none of them a link
 */
record Level(@Nullable Level above, List<byte[]> place) {
    boolean isTop() {
        return above == null;
    }

    boolean isIn(List<byte[]> other) {
        for (Level level = this; level != null; level = level.above) {
            if (Arrays.deepEquals(level.place.toArray(), other.toArray())) {
                return true;
            }
        }
        return false;
    }

    /** What is called so in it. */
    List<byte[]> place(byte[] name) {
        List<byte[]> below = new ArrayList<>(place);
        below.add(name);
        return List.copyOf(below);
    }

    /** A directory that is shown in this one. */
    Level below(List<byte[]> other) {
        return new Level(this, other);
    }
}
