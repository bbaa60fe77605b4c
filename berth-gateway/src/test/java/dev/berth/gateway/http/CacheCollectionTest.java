package dev.berth.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.nix.PathInfo;
import dev.berth.nix.nar.NarSource;
import dev.berth.wire.GcRequest;
import dev.berth.wire.LogSink;
import dev.berth.wire.StoreOperations;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A cache while garbage is collected. */
final class CacheCollectionTest {
    private static final NarSource TREE = CacheFixture.tree(300_000);

    @TempDir
    private Path directory;

    private final PathInfo info;

    CacheCollectionTest() throws IOException {
        info = CacheFixture.info("tree", TREE, List.of());
    }

    // What adds a path keeps it for some seconds; a cache that is opened again keeps nothing.
    @BeforeEach
    void fill() throws IOException {
        try (CacheFixture before = CacheFixture.open(directory)) {
            before.content.add(info, TREE);
        }
    }

    private static void collect(CacheFixture cache) {
        try (StoreOperations session = cache.store.service().open(true, LogSink.none())) {
            session.collectGarbage(new GcRequest(GcRequest.Action.DELETE_DEAD, false, Set.of(), -1));
        }
    }

    @Test
    void forgetsAtOnceWhatIsDeletedHere() throws IOException {
        String narInfo = "/" + info.path().hashPart() + ".narinfo";
        try (CacheFixture cache = CacheFixture.open(directory)) {
            assertThat(cache.ask().get(narInfo).status()).isEqualTo(200);
            assertThat(cache.ask().quickly(narInfo).status()).isEqualTo(200);
            // Some seconds later: until then a path that was asked for stays.
            cache.content.close();
            collect(cache);
            assertThat(cache.ask().get(narInfo).status()).isEqualTo(404);
            assertThat(cache.ask().get("/" + Target.narUrl(info)).status()).isEqualTo(404);
            assertThat(cache.ask().quickly(narInfo).status()).isEqualTo(404);
        }
    }

    @Test
    void keepsWhatWasAskedFor() throws IOException {
        String narInfo = "/" + info.path().hashPart() + ".narinfo";
        try (CacheFixture cache = CacheFixture.open(directory)) {
            assertThat(cache.ask().get(narInfo).status()).isEqualTo(200);
            collect(cache);
            assertThat(cache.ask().get("/" + Target.narUrl(info)).status()).isEqualTo(200);
        }
    }

    @Test
    void keepsWhatIsBeingRead() throws IOException {
        try (CacheFixture cache = CacheFixture.open(directory)) {
            HttpRequest request = new HttpRequest(
                    "GET", "/" + Target.narUrl(info), "", Map.of(), false, 0, new ByteArrayInputStream(new byte[0]));
            HttpReply.Streamed reply = (HttpReply.Streamed) cache.routes.answer(request);
            Collecting out = new Collecting(cache);
            reply.body().writeTo(out);
            assertThat(out.bytes.toByteArray()).isEqualTo(CacheFixture.nar(TREE));
            assertThat(cache.content.validPaths(List.of(info.path()))).hasSize(1);
        }
    }

    /** Collects garbage in the middle of a body. */
    private static final class Collecting extends BodyOutput {
        private final CacheFixture cache;
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private boolean done;

        Collecting(CacheFixture cache) {
            this.cache = cache;
        }

        private void once() {
            if (!done) {
                done = true;
                collect(cache);
            }
        }

        @Override
        public void write(byte[] from, int offset, int length) {
            once();
            bytes.write(from, offset, length);
        }

        @Override
        void file(FileChannel file, long offset, long length) throws IOException {
            once();
            ByteBuffer buffer = ByteBuffer.allocate((int) length);
            while (buffer.hasRemaining() && file.read(buffer, offset + buffer.position()) > 0) {
                // goes on
            }
            buffer.flip();
            Channels.newChannel(bytes).write(buffer);
        }
    }
}
