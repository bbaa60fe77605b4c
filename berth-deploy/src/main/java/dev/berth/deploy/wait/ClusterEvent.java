package dev.berth.deploy.wait;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.stream.Stream;

/**
 * What somebody said of an object: an Event, in the form of core/v1 or of events.k8s.io, which are two views of the same.
 *
 * @param kind of the object that it is about
 * @param name of that object
 * @param uid of that object
 * @param isWarning whether it tells of something wrong
 * @param words its reason and message
 * @param count how often it was said
 * @param last when it was said last, by the clock of who said it; {@link Instant#EPOCH} if that is not told
 */
record ClusterEvent(String kind, String name, String uid, boolean isWarning, String words, long count, Instant last) {
    static ClusterEvent of(JsonNode event) {
        JsonNode about = event.has("regarding") ? event.path("regarding") : event.path("involvedObject");
        JsonNode series = event.path("series");
        String message = Live.text(event, event.has("note") ? "note" : "message");
        long count = Stream.of(
                        Live.count(event, "count", 0),
                        Live.count(event, "deprecatedCount", 0),
                        Live.count(series, "count", 0))
                .reduce(1L, Math::max);
        Instant last = Stream.of(
                        Live.text(series, "lastObservedTime"),
                        Live.text(event, "lastTimestamp"),
                        Live.text(event, "deprecatedLastTimestamp"),
                        Live.text(event, "eventTime"))
                .map(ClusterEvent::instant)
                .reduce(Instant.EPOCH, (a, b) -> a.isAfter(b) ? a : b);
        return new ClusterEvent(
                Live.text(about, "kind"),
                Live.text(about, "name"),
                Live.text(about, "uid"),
                Live.text(event, "type").equals("Warning"),
                PlainText.join(Live.text(event, "reason"), message),
                count,
                last);
    }

    /** Its reason alone. */
    String reason() {
        int end = words.indexOf(':');
        return end < 0 ? words : words.substring(0, end);
    }

    static Instant instant(String text) {
        try {
            return text.isEmpty() ? Instant.EPOCH : Instant.parse(text);
        } catch (DateTimeException e) {
            return Instant.EPOCH; // not a time as the API writes it
        }
    }

    @Override
    public String toString() {
        return "event " + (count > 1 ? "(" + count + " times) " : "") + words;
    }
}
