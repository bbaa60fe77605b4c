package dev.berth.kubernetes;

import static dev.berth.kubernetes.ClusterException.Kind;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The changes of some objects as they happen. It ends by an exception: {@link Kind#GONE} when the server no longer knows what
 * happened since the given resource version (list again), {@link Kind#UNREACHABLE} when the connection ended, which servers
 * also do after some minutes without any trouble (watch again from {@link #resourceVersion()}). For one thread.
 */
public final class Watch implements AutoCloseable {
    private static final int MOST_WAITING = 256;

    private sealed interface Item {
        record Changed(WatchEvent event, String resourceVersion) implements Item {}

        record Passed(String resourceVersion) implements Item {}

        record Ended(ClusterException why) implements Item {}
    }

    private final Call call;
    private final ApiClient client;
    private final InputStream stream;
    private final BlockingQueue<Item> items = new ArrayBlockingQueue<>(MOST_WAITING);
    private final Thread reader;
    private String resourceVersion;

    private Watch(ApiClient client, Call call, InputStream stream, String resourceVersion) {
        this.client = client;
        this.call = call;
        this.stream = stream;
        this.resourceVersion = resourceVersion;
        this.reader = Thread.ofVirtual().name("watch").unstarted(this::read);
    }

    static Watch open(ApiClient client, Call call, String resourceVersion) throws ClusterException {
        Watch watch = new Watch(client, call, client.stream(call), resourceVersion);
        watch.reader.start();
        return watch;
    }

    /** That of the last event: a new watch from there misses nothing and repeats nothing. */
    public String resourceVersion() {
        return resourceVersion;
    }

    /**
     * The next change, or empty if there is none in the given time.
     *
     * @throws ClusterException if the watch has ended, or this thread is interrupted
     */
    public Optional<WatchEvent> next(Duration wait) throws ClusterException {
        long deadline = System.nanoTime() + wait.toNanos();
        while (true) {
            Item item;
            try {
                item = items.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new ClusterException(Kind.TIMEOUT, call.what() + ": interrupted while watching", e);
            }
            switch (item) {
                case null -> {
                    return Optional.empty();
                }
                case Item.Changed changed -> {
                    resourceVersion = changed.resourceVersion();
                    return Optional.of(changed.event());
                }
                case Item.Passed passed -> resourceVersion = passed.resourceVersion();
                case Item.Ended ended -> {
                    items.add(ended); // and so says every further call
                    throw ended.why();
                }
            }
        }
    }

    private void read() {
        Metered in = new Metered(stream);
        try {
            items.put(new Item.Ended(readEvents(in)));
        } catch (InterruptedException e) {
            // Closed: nobody asks for more
        }
    }

    private ClusterException readEvents(Metered in) throws InterruptedException {
        try (MappingIterator<JsonNode> events =
                Answers.MAPPER.readerFor(JsonNode.class).readValues(in)) {
            while (events.hasNextValue()) {
                JsonNode event = events.nextValue();
                in.next();
                String type = event.path("type").asText();
                if (type.equals("ERROR") || !(event.path("object") instanceof ObjectNode object)) {
                    return Answers.failure(call, client.access(), event.path("object"));
                }
                String version = object.path("metadata").path("resourceVersion").asText();
                switch (type) {
                    case "ADDED", "MODIFIED", "DELETED" ->
                        items.put(new Item.Changed(new WatchEvent(WatchEvent.Type.valueOf(type), object), version));
                    default -> items.put(new Item.Passed(version)); // BOOKMARK, and what there may be one day
                }
            }
            return new ClusterException(Kind.UNREACHABLE, call.what() + ": the server ended the watch");
        } catch (IOException e) {
            return Connections.failure(call, client.access(), e);
        }
    }

    @Override
    public void close() {
        reader.interrupt();
        try {
            stream.close();
        } catch (IOException e) {
            // The connection is gone, which is what was wanted
        }
    }
}
