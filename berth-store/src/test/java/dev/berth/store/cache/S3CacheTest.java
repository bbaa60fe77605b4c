package dev.berth.store.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.nix.PathInfo;
import dev.berth.nix.SecretKey;
import dev.berth.nix.StoreReference;
import dev.berth.nix.nar.NarSource;
import dev.berth.store.Store;
import dev.berth.store.StoreException;
import dev.berth.store.StoreException.Kind;
import dev.berth.store.StoreParameters;
import dev.berth.store.StoreSettings;
import dev.berth.store.Stores;
import dev.berth.testing.S3Server;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.s3proxy.blobstore.ForwardingBlobStore;
import org.gaul.s3proxy.blobstore.domain.MultipartUpload;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.S3Object;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/** The files of a cache in a bucket of a real S3 server: whole or not there, in parts, resumed, changed by several. */
final class S3CacheTest {
    private static final StoreSettings PATIENT =
            StoreSettings.DEFAULT.withTimeouts(Duration.ofSeconds(60), Duration.ofSeconds(60), 3);

    @TempDir
    private Path directory;

    private static Transport transport(S3Server server, String parameters) {
        StoreReference reference = StoreReference.parse(server.uri() + parameters);
        return new S3Uri(reference, new StoreParameters(reference, S3Uri.KNOWN), PATIENT).open(FileKinds.PLAIN);
    }

    private static byte[] noise(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    private static void put(Transport transport, String name, byte[] content) throws IOException {
        try (Transport.Draft draft = transport.draft()) {
            draft.out().write(content);
            draft.publish(name);
        }
    }

    private static List<String> names(Stream<Transport.Listed> files) {
        try (files) {
            return files.map(Transport.Listed::name).sorted().toList();
        }
    }

    private static List<String> keys(S3Server server) {
        return server
                .store()
                .list(ListObjectsV2Request.builder().bucket(S3Server.BUCKET).build())
                .contents()
                .stream()
                .map(S3Object::key)
                .toList();
    }

    @Test
    void filesOfAnySizeComeBack() throws IOException {
        try (S3Server server = new S3Server(directory);
                Transport transport = transport(server, "&multipart-threshold=6000000&multipart-chunk-size=5242880")) {
            assertThat(transport.list("").orElseThrow()).isEmpty();
            for (int size : List.of(0, 1, Spool.IN_MEMORY, Spool.IN_MEMORY + 1, 6_000_000, 6_000_001, 12_000_000)) {
                String name = "nar/" + size + ".nar";
                byte[] content = noise(size);
                assertThat(transport.exists(name)).isFalse();
                assertThat(transport.open(name)).isEmpty();
                put(transport, name, content);
                assertThat(transport.exists(name)).isTrue();
                try (InputStream in = transport.open(name).orElseThrow()) {
                    assertThat(in.readAllBytes()).isEqualTo(content);
                }
            }
            transport.write("nix-cache-info", new byte[] {1});
            assertThat(names(transport.list("").orElseThrow())).containsExactly("nix-cache-info");
            assertThat(names(transport.list("nar").orElseThrow())).hasSize(7).contains("nar/12000000.nar");
            transport.delete("nar/1.nar");
            transport.delete("nar/1.nar");
            assertThat(transport.exists("nar/1.nar")).isFalse();
            assertThat(server.store().listMultipartUploads(S3Server.BUCKET)).isEmpty();
        }
    }

    @Test
    void aPrefixIsKeptAndNamesDoNotLeaveIt() throws IOException {
        try (S3Server server = new S3Server(directory)) {
            String uri = server.uri().replace("?", "/some/cache/?");
            NarSource tree = Samples.tree(1, 2000);
            PathInfo info = Samples.info(Samples.path("p", 1), tree);
            try (Store store = Stores.open(uri, PATIENT)) {
                store.add(info, tree);
                assertThat(Samples.told(store, info.path())).isEqualTo(info.narHash());
                assertThat(((BinaryCache) store).allPaths().orElseThrow()).containsExactly(info.path());
            }
            assertThat(keys(server)).hasSize(3).allMatch(key -> key.startsWith("some/cache/"));
            try (Transport transport = transport(server, "")) {
                for (String name : List.of("", "..", "a/../b", "/x", "http://x/y", "a//b", "a\nb", "x".repeat(1025))) {
                    assertThatThrownBy(() -> transport.open(name))
                            .isInstanceOf(IOException.class)
                            .hasMessageContaining("not in the cache");
                }
            }
        }
    }

    @Test
    void textIsCompressedIfAskedFor() throws IOException {
        try (S3Server server = new S3Server(directory)) {
            NarSource tree = Samples.tree(1, 2000);
            PathInfo info = Samples.info(Samples.path("p", 1), tree);
            String uri = server.uri() + "&compression=none&write-nar-listing=true";
            SecretKey key = SecretKey.generate("k");
            try (Store store = Stores.open(uri + "&narinfo-compression=gzip&ls-compression=zstd", PATIENT)) {
                store.add(info, tree);
                store.addSignatures(
                        info.path(), info.signed(store.storeDir(), key).signatures());
            }
            try (Store plain = Stores.open(uri, PATIENT);
                    Transport transport = transport(server, "")) {
                assertThat(plain.pathInfo(info.path()).orElseThrow().signatures())
                        .hasSize(1);
                byte[] listing =
                        transport.read(info.path().hashPart() + ".ls", 1 << 20).orElseThrow();
                assertThat(new String(listing, StandardCharsets.UTF_8)).contains("\"entries\"");
            }
            assertThat(server.store()
                            .blobMetadata(software.amazon.awssdk.services.s3.model.HeadObjectRequest.builder()
                                    .bucket(S3Server.BUCKET)
                                    .key(info.path().hashPart() + ".narinfo")
                                    .build())
                            .contentEncoding())
                    .isEqualTo("gzip");
        }
    }

    @Test
    void aChangeRunsAgainWhenAnotherWasQuicker() throws IOException {
        try (S3Server server = new S3Server(directory);
                Transport one = transport(server, "");
                Transport two = transport(server, "")) {
            for (String expected : List.of("ab", "abab")) {
                AtomicInteger runs = new AtomicInteger();
                one.update("file", 1000, old -> {
                    if (runs.incrementAndGet() == 1) {
                        two.update("file", 1000, before -> appended(before, 'a'));
                    }
                    return appended(old, 'b');
                });
                assertThat(runs).hasValue(2);
                assertThat(new String(one.read("file", 1000).orElseThrow(), StandardCharsets.UTF_8))
                        .isEqualTo(expected);
            }
        }
    }

    private static byte[] appended(Optional<byte[]> before, char letter) {
        String text = new String(before.orElse(new byte[0]), StandardCharsets.UTF_8) + letter;
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Cuts the first answers short, and counts. */
    private static final class Cutting extends ForwardingBlobStore {
        private final AtomicInteger left;
        private final List<String> ranges = new ArrayList<>();

        Cutting(BlobStore store, int times) {
            super(store);
            this.left = new AtomicInteger(times);
        }

        @Override
        public ResponseInputStream<GetObjectResponse> getBlob(GetObjectRequest request) {
            ResponseInputStream<GetObjectResponse> answer = super.getBlob(request);
            synchronized (ranges) {
                ranges.add(String.valueOf(request.range()));
            }
            if (left.getAndDecrement() <= 0) {
                return answer;
            }
            return new ResponseInputStream<>(answer.response(), new FilterInputStream(answer) {
                private int count;

                @Override
                public int read() throws IOException {
                    byte[] one = new byte[1];
                    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
                }

                @Override
                public int read(byte[] bytes, int offset, int length) throws IOException {
                    if (count > 700_000) {
                        throw new IOException("the disk of the server went away");
                    }
                    int got = super.read(bytes, offset, Math.min(length, 100_000));
                    count += got;
                    return got;
                }
            });
        }
    }

    @Test
    void aBrokenAnswerIsResumedWhereItBroke() throws IOException {
        List<Cutting> cutting = new ArrayList<>();
        try (S3Server server = new S3Server(directory, store -> {
                    cutting.add(new Cutting(store, 2));
                    return cutting.getFirst();
                });
                Transport transport = transport(server, "")) {
            byte[] content = noise(3_000_000);
            put(transport, "nar/x.nar", content);
            try (InputStream in = transport.open("nar/x.nar").orElseThrow()) {
                assertThat(in.readAllBytes()).isEqualTo(content);
            }
            assertThat(cutting.getFirst().ranges).hasSize(3);
            assertThat(cutting.getFirst().ranges.getLast()).startsWith("bytes=").doesNotStartWith("bytes=0-");
        }
    }

    @Test
    void anObjectThatChangesMeanwhileIsNotMixed() throws IOException {
        try (S3Server server = new S3Server(directory, store -> new Cutting(store, 1));
                Transport transport = transport(server, "")) {
            put(transport, "nar/x.nar", noise(3_000_000));
            try (InputStream in = transport.open("nar/x.nar").orElseThrow()) {
                in.readNBytes(1000);
                put(transport, "nar/x.nar", noise(3_000_001));
                assertThatThrownBy(in::readAllBytes)
                        .isInstanceOf(TransportException.class)
                        .hasMessageContaining("changed or vanished");
            }
        }
    }

    /** Fails to take one part, always. */
    private static final class Failing extends ForwardingBlobStore {
        Failing(BlobStore store) {
            super(store);
        }

        @Override
        public UploadPartResponse uploadMultipartPart(
                MultipartUpload upload, UploadPartRequest request, InputStream body) {
            if (request.partNumber() == 2) {
                throw new IllegalStateException("the disk of the server is broken");
            }
            return super.uploadMultipartPart(upload, request, body);
        }
    }

    @Test
    void anUploadThatFailsLeavesNothing() {
        try (S3Server server = new S3Server(directory, Failing::new);
                Transport transport = transport(server, "&multipart-threshold=1&multipart-chunk-size=5242880")) {
            assertThatThrownBy(() -> put(transport, "nar/x.nar", noise(11_000_000)))
                    .isInstanceOfSatisfying(
                            TransportException.class,
                            e -> assertThat(e.toStoreException().kind()).isEqualTo(Kind.UNAVAILABLE));
            assertThat(server.store().listMultipartUploads(S3Server.BUCKET)).isEmpty();
            assertThat(keys(server)).isEmpty();
        }
    }

    @Test
    void errorsSayWhatIsWrong() throws IOException {
        try (S3Server server = new S3Server(directory)) {
            NarSource tree = Samples.tree(1, 2000);
            PathInfo info = Samples.info(Samples.path("p", 1), tree);
            says(server.uri() + "&profile=wrong", info, Kind.UNAVAILABLE, "denied (SignatureDoesNotMatch)");
            says(server.uri() + "&profile=absent", info, Kind.UNAVAILABLE, "no AWS credentials");
            says(
                    server.uri().replace(S3Server.BUCKET, "no-such-bucket"),
                    info,
                    Kind.UNAVAILABLE,
                    "there is no such bucket");
            says(server.uri().replace(":" + server.port(), ":1"), info, Kind.UNAVAILABLE, "connection refused");
            for (String wrong : List.of(
                    "s3://?region=x",
                    "s3://b/..%2fx",
                    server.uri().replace("scheme=http", "scheme=ftp"),
                    server.uri() + "&addressing-style=round",
                    server.uri() + "&multipart-chunk-size=1",
                    server.uri() + "&narinfo-compression=br",
                    server.uri() + "&pofile=x",
                    "s3://bucket?endpoint=http://a b/")) {
                assertThatThrownBy(() -> Stores.open(wrong, PATIENT))
                        .as(wrong)
                        .isInstanceOfSatisfying(
                                StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.REFUSED));
            }
        }
    }

    private static void says(String uri, PathInfo info, Kind kind, String words) {
        StoreSettings hasty = StoreSettings.DEFAULT.withTimeouts(Duration.ofSeconds(60), Duration.ofSeconds(60), 0);
        try (Store store = Stores.open(uri, hasty)) {
            assertThatThrownBy(() -> store.pathInfo(info.path())).isInstanceOfSatisfying(StoreException.class, e -> {
                assertThat(e.kind()).isEqualTo(kind);
                assertThat(e.getMessage()).contains(words).doesNotContain("\n");
            });
        }
    }

    @Test
    void aServerThatIsTooSlowIsSaidToBe() {
        StoreSettings hasty = StoreSettings.DEFAULT.withTimeouts(Duration.ofSeconds(60), Duration.ofMillis(200), 0);
        try (S3Server server = new S3Server(directory, store -> new ForwardingBlobStore(store) {
                    @Override
                    public ResponseInputStream<GetObjectResponse> getBlob(GetObjectRequest request) {
                        try {
                            Thread.sleep(3000);
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                        return super.getBlob(request);
                    }
                });
                Store store = Stores.open(server.uri(), hasty)) {
            assertThatThrownBy(() -> store.validPaths(List.of(Samples.path("p", 1))))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("too slow");
        }
    }

    @Test
    void twoUsersOfABucketSeeWhatTheOtherDoes() throws IOException {
        try (S3Server server = new S3Server(directory);
                Store one = Stores.open(server.uri(), PATIENT.withLifetimes(Duration.ZERO, Duration.ZERO));
                Store two = Stores.open(server.uri(), PATIENT.withLifetimes(Duration.ZERO, Duration.ZERO));
                Transport transport = transport(server, "")) {
            NarSource tree = Samples.tree(1, 2000);
            PathInfo info = Samples.info(Samples.path("p", 1), tree);
            assertThat(two.pathInfo(info.path())).isEmpty();
            one.add(info, tree);
            assertThat(Samples.told(two, info.path())).isEqualTo(info.narHash());
            Optional<byte[]> narInfo = transport.read(info.path().hashPart() + ".narinfo", 10_000);
            assertThat(narInfo).isPresent();
            transport.delete(info.path().hashPart() + ".narinfo");
            assertThat(two.pathInfo(info.path())).isEmpty();
        }
    }
}
