package dev.berth.store.cache;

import dev.berth.store.StoreException.Kind;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.Optional;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.Supplier;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * A binary cache in a bucket of S3 (libstore/s3-binary-cache-store.cc). Requests that fail in a way that may pass are
 * repeated by the SDK, with back-off; a body that breaks off is resumed where it broke. Objects appear whole or not at all.
 */
final class S3Transport implements Transport {
    /** How often a conditional write is tried when others are quicker. */
    private static final int MOST_UPDATES = 30;

    private final S3Client client;
    private final S3Place place;
    private final S3Uploads uploads;
    private final int retries;

    /**
     * Whether the bucket has let itself be read. From then on a denial means that the object is absent, which S3 says so to
     * those who may not list the bucket; before, that the credentials are wrong.
     */
    private volatile boolean readable;

    /** @param client is closed with this */
    S3Transport(S3Client client, S3Place place, S3Options options, int retries) {
        this.client = client;
        this.place = place;
        this.uploads = new S3Uploads(client, place, options);
        this.retries = retries;
    }

    int retries() {
        return retries;
    }

    /** What is done, and to what, for messages. */
    String describe(String doing, String name) {
        return place.describe(doing, name);
    }

    @Override
    public Optional<byte[]> read(String name, int limit) throws IOException {
        return fetch(name, limit).map(Versioned::content);
    }

    /** What an object holds, and the tag of exactly that. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Versioned(byte[] content, String tag) {}

    private Optional<Versioned> fetch(String name, int limit) throws IOException {
        for (int failures = 0; ; ) {
            Optional<ResponseInputStream<GetObjectResponse>> answer = get(name);
            if (answer.isEmpty()) {
                return Optional.empty();
            }
            String tag = String.valueOf(answer.get().response().eTag());
            try (InputStream in = decoded(name, answer.get())) {
                byte[] bytes = in.readNBytes(limit + 1);
                if (bytes.length > limit) {
                    throw new IOException(place.describe("reading", name) + ": it is longer than " + limit + " bytes");
                }
                return Optional.of(new Versioned(bytes, tag));
            } catch (TransportException e) {
                if (!e.mayPass() || ++failures > retries) {
                    throw e;
                }
                HttpExchange.pause(failures);
            }
        }
    }

    @Override
    public Optional<InputStream> open(String name) throws IOException {
        Optional<ResponseInputStream<GetObjectResponse>> answer = get(name);
        return answer.isEmpty() ? Optional.empty() : Optional.of(decoded(name, answer.get()));
    }

    /** Undoes what narinfo-compression and its like did to the file. */
    private InputStream decoded(String name, ResponseInputStream<GetObjectResponse> answer) throws IOException {
        InputStream body = new S3Body(this, name, 0, answer);
        String encoding = answer.response().contentEncoding();
        return encoding == null ? body : ContentEncoding.undo(body, encoding, place.describe("reading", name));
    }

    private Optional<ResponseInputStream<GetObjectResponse>> get(String name) throws IOException {
        GetObjectRequest request = GetObjectRequest.builder()
                .bucket(place.bucket())
                .key(place.key(name))
                .build();
        return found("reading", name, () -> client.getObject(request));
    }

    /** The rest of an object that was begun. */
    ResponseInputStream<GetObjectResponse> reopen(String name, long offset, String tag) throws IOException {
        GetObjectRequest request = GetObjectRequest.builder()
                .bucket(place.bucket())
                .key(place.key(name))
                .range("bytes=" + offset + "-")
                .ifMatch(tag)
                .build();
        try {
            return client.getObject(request);
        } catch (SdkException e) {
            if (S3Failure.isChanged(e) || S3Failure.isAbsent(e)) {
                throw new TransportException(
                        Kind.UNAVAILABLE,
                        place.describe("reading", name) + ": it changed or vanished meanwhile",
                        false,
                        e);
            }
            throw S3Failure.of(place.describe("reading", name), false, e);
        }
    }

    private <T> Optional<T> found(String doing, String name, Supplier<T> request) throws IOException {
        try {
            T answer = request.get();
            readable = true;
            return Optional.of(answer);
        } catch (SdkException e) {
            if (S3Failure.isAbsent(e) || (readable && S3Failure.isDenied(e))) {
                return Optional.empty();
            }
            throw S3Failure.of(place.describe(doing, name), false, e);
        }
    }

    @Override
    public boolean exists(String name) throws IOException {
        String key = place.key(name);
        return found(
                        "asking for",
                        name,
                        () -> client.headObject(b -> b.bucket(place.bucket()).key(key)))
                .isPresent();
    }

    @Override
    public Optional<Stream<Listed>> list(String directory) throws IOException {
        String prefix = directory.isEmpty() ? place.prefix() : place.key(directory) + "/";
        Iterator<S3Object> objects;
        try {
            objects = client.listObjectsV2Paginator(
                            b -> b.bucket(place.bucket()).prefix(prefix).delimiter("/"))
                    .contents()
                    .iterator();
            if (!objects.hasNext()) { // what fails at once is thrown at once
                return Optional.of(Stream.empty());
            }
        } catch (SdkException e) {
            throw S3Failure.of(place.describe("listing", directory), false, e);
        }
        Iterator<Listed> files = new Iterator<>() {
            @Override
            public boolean hasNext() {
                return listing(directory, objects::hasNext);
            }

            @Override
            public Listed next() {
                S3Object object = listing(directory, objects::next);
                return new Listed(
                        object.key().substring(place.prefix().length()), object.size(), object.lastModified());
            }
        };
        return Optional.of(
                StreamSupport.stream(Spliterators.spliteratorUnknownSize(files, Spliterator.NONNULL), false));
    }

    private <T> T listing(String directory, Supplier<T> step) {
        try {
            return step.get();
        } catch (SdkException e) {
            throw new UncheckedIOException(S3Failure.of(place.describe("listing", directory), false, e));
        }
    }

    @Override
    public void write(String name, byte[] content) throws IOException {
        try (Draft draft = draft()) {
            draft.out().write(content);
            draft.publish(name);
        }
    }

    @Override
    public Draft draft() {
        return new S3Draft(uploads);
    }

    /** By conditional writes, which S3 has instead of locks. */
    @Override
    public void update(String name, int limit, Edit edit) throws IOException {
        for (int tries = 1; tries <= MOST_UPDATES; tries++) {
            Optional<Versioned> old = fetch(name, limit);
            byte[] content = edit.apply(old.map(Versioned::content));
            byte[] encoded = uploads.encoded(name, content);
            PutObjectRequest.Builder request = uploads.request(name, encoded.length);
            if (old.isPresent()) {
                request.ifMatch(old.get().tag());
            } else {
                request.ifNoneMatch("*");
            }
            try {
                client.putObject(
                        request.build(),
                        RequestBody.fromContentProvider(
                                () -> new ByteArrayInputStream(encoded), encoded.length, FileKinds.type(name)));
                return;
            } catch (SdkException e) {
                boolean vanished = old.isPresent() && S3Failure.isAbsent(e);
                if (!S3Failure.isChanged(e) && !vanished) {
                    throw S3Failure.of(place.describe("writing", name), true, e);
                }
            }
            HttpExchange.pause(tries);
        }
        throw new TransportException(
                Kind.UNAVAILABLE,
                place.describe("writing", name) + ": others were quicker " + MOST_UPDATES + " times",
                true);
    }

    @Override
    public void delete(String name) throws IOException {
        String key = place.key(name);
        try {
            client.deleteObject(b -> b.bucket(place.bucket()).key(key));
        } catch (SdkException e) {
            if (!S3Failure.isAbsent(e)) {
                throw S3Failure.of(place.describe("deleting", name), true, e);
            }
        }
    }

    @Override
    public void close() {
        client.close();
    }
}
