package dev.berth.wire;

import java.util.List;

/** What a store says while it works (libutil/logging.hh). Numbers of levels, activity and result types are Nix's. */
public sealed interface LogEvent {
    /**
     * A line for the user, with its line feed: bytes, as logs of builds are in no encoding.
     *
     * @param level Nix's verbosity, 0 (errors) to 7; 0 where the wire does not tell it
     * @param text not copied
     */
    @SuppressWarnings("ArrayRecordComponent") // passed through once, never compared
    record Message(long level, byte[] text) implements LogEvent {}

    /**
     * Something starts.
     *
     * @param id chosen by the sender, unique while the activity lasts
     * @param level Nix's verbosity, 0 (errors) to 7
     * @param type Nix's activity type, such as 100 for copying a path
     * @param text what to show
     * @param fields by the type
     * @param parent the id of the activity that this is a part of, or 0
     */
    record StartActivity(long id, long level, long type, String text, List<LogField> fields, long parent)
            implements LogEvent {}

    /**
     * It ended, well or not.
     *
     * @param id of its start
     */
    record StopActivity(long id) implements LogEvent {}

    /**
     * Something is known of an activity, such as its progress.
     *
     * @param id of its start
     * @param type Nix's result type, such as 105 for progress
     * @param fields by the type
     */
    record Result(long id, long type, List<LogField> fields) implements LogEvent {}
}
