package dev.berth.store.cache;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.MultipartUpload;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;

/**
 * Sends files to a bucket: small ones by one request, large ones in parts, of which a few are on their way at once. An
 * object is there when its last request has succeeded, and not before; an upload that fails is aborted. What a killed
 * process began is aborted by the next one that sends in parts, a day later.
 */
final class S3Uploads {
    private static final Logger LOG = LoggerFactory.getLogger(S3Uploads.class);

    /** How many parts of all files are on their way at once; each takes a connection and no memory to speak of. */
    private static final int PARTS_AT_ONCE = 8;

    private static final int PARTS_OF_ONE_FILE = 4;
    private static final int MOST_PARTS = 10_000;

    /** What S3 takes by one request. */
    private static final long MOST_AT_ONCE = 5L << 30;

    /** After which an upload has been given up. */
    private static final Duration GIVEN_UP = Duration.ofDays(1);

    /** The slowest pace of an upload that is waited for. */
    private static final long BYTES_PER_SECOND = 16 << 10;

    private static final Duration WAIT_FOR_OTHERS = Duration.ofHours(1);

    private final S3Client client;
    private final S3Place place;
    private final S3Options options;
    private final Semaphore turns = new Semaphore(PARTS_AT_ONCE);
    private final AtomicBoolean swept = new AtomicBoolean();

    S3Uploads(S3Client client, S3Place place, S3Options options) {
        this.client = client;
        this.place = place;
        this.options = options;
    }

    /** A request that writes a file in one step. */
    PutObjectRequest.Builder request(String name, long size) throws IOException {
        PutObjectRequest.Builder request = PutObjectRequest.builder()
                .bucket(place.bucket())
                .key(place.key(name))
                .contentType(FileKinds.type(name))
                .overrideConfiguration(patience(size));
        options.kinds().encoding(name).map(Compression::text).ifPresent(request::contentEncoding);
        options.storageClass().ifPresent(request::storageClass);
        return request;
    }

    private AwsRequestOverrideConfiguration patience(long size) {
        Duration attempt = options.answer().plusSeconds(size / BYTES_PER_SECOND);
        return AwsRequestOverrideConfiguration.builder()
                .apiCallAttemptTimeout(attempt)
                .build();
    }

    /** What a small file is to hold in the bucket. */
    byte[] encoded(String name, byte[] content) throws IOException {
        Optional<Compression> encoding = options.kinds().encoding(name);
        if (encoding.isEmpty()) {
            return content;
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        FileKinds.encode(encoding.get(), new ByteArrayInputStream(content), out);
        return out.toByteArray();
    }

    /** Sends a file, in place of one of that name. */
    void send(String name, Spool plain) throws IOException {
        Optional<Compression> encoding = options.kinds().encoding(name);
        if (encoding.isEmpty()) {
            sendEncoded(name, plain);
            return;
        }
        try (Spool encoded = new Spool()) {
            FileKinds.encode(encoding.get(), plain.open(), encoded);
            sendEncoded(name, encoded);
        }
    }

    private void sendEncoded(String name, Spool file) throws IOException {
        long threshold = options.multipart() ? options.threshold() : MOST_AT_ONCE;
        if (file.size() <= threshold) {
            PutObjectRequest request = request(name, file.size()).build();
            try {
                client.putObject(request, body(file, 0, file.size(), name));
            } catch (SdkException e) {
                throw S3Failure.of(place.describe("writing", name), true, e);
            }
        } else {
            sweep();
            sendInParts(name, file);
        }
    }

    private static RequestBody body(Spool file, long offset, long length, String name) {
        return RequestBody.fromContentProvider(() -> file.open(offset, length), length, FileKinds.type(name));
    }

    private void sendInParts(String name, Spool file) throws IOException {
        String key = place.key(name);
        String doing = place.describe("writing", name);
        try {
            String upload = client.createMultipartUpload(b -> {
                        b.bucket(place.bucket()).key(key).contentType(FileKinds.type(name));
                        options.kinds().encoding(name).map(Compression::text).ifPresent(b::contentEncoding);
                        options.storageClass().ifPresent(b::storageClass);
                    })
                    .uploadId();
            try {
                List<CompletedPart> parts = sendParts(name, key, upload, file);
                client.completeMultipartUpload(
                        b -> b.bucket(place.bucket()).key(key).uploadId(upload).multipartUpload(u -> u.parts(parts)));
            } catch (IOException | RuntimeException e) {
                abort(key, upload);
                throw e;
            }
        } catch (SdkException e) {
            throw S3Failure.of(doing, true, e);
        }
    }

    private List<CompletedPart> sendParts(String name, String key, String upload, Spool file) throws IOException {
        long partSize = Math.max(options.partSize(), (file.size() + MOST_PARTS - 1) / MOST_PARTS);
        Semaphore own = new Semaphore(PARTS_OF_ONE_FILE);
        AtomicBoolean failed = new AtomicBoolean();
        List<Future<CompletedPart>> sending = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (long offset = 0; offset < file.size() && !failed.get(); offset += partSize) {
                long begin = offset;
                int number = sending.size() + 1;
                acquire(own);
                sending.add(threads.submit(() -> {
                    boolean sent = false;
                    try {
                        acquire(turns);
                        try {
                            long length = Math.min(partSize, file.size() - begin);
                            CompletedPart part = sendPart(name, key, upload, number, file, begin, length);
                            sent = true;
                            return part;
                        } finally {
                            turns.release();
                        }
                    } finally {
                        failed.compareAndSet(false, !sent);
                        own.release();
                    }
                }));
            }
            List<CompletedPart> parts = new ArrayList<>();
            for (Future<CompletedPart> part : sending) {
                parts.add(result(part, threads));
            }
            return parts;
        }
    }

    private CompletedPart sendPart(
            String name, String key, String upload, int number, Spool file, long begin, long length) {
        UploadPartRequest request = UploadPartRequest.builder()
                .bucket(place.bucket())
                .key(key)
                .uploadId(upload)
                .partNumber(number)
                .overrideConfiguration(patience(length))
                .build();
        String tag = client.uploadPart(request, body(file, begin, length, name)).eTag();
        return CompletedPart.builder().partNumber(number).eTag(tag).build();
    }

    private static void acquire(Semaphore turns) throws IOException {
        try {
            if (!turns.tryAcquire(WAIT_FOR_OTHERS.toSeconds(), TimeUnit.SECONDS)) {
                throw new IOException("no upload ended for " + WAIT_FOR_OTHERS);
            }
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static IOException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return (IOException) new InterruptedIOException("the upload was interrupted").initCause(e);
    }

    private static CompletedPart result(Future<CompletedPart> part, ExecutorService threads) throws IOException {
        try {
            return part.get();
        } catch (ExecutionException e) {
            threads.shutdownNow();
            switch (e.getCause()) {
                case RuntimeException cause -> throw cause;
                case IOException cause -> throw cause;
                case null, default -> throw new IllegalStateException(e.getCause());
            }
        } catch (InterruptedException e) {
            threads.shutdownNow();
            throw interrupted(e);
        }
    }

    /** The failure that led here is told, not that of this; what is left is aborted by {@link #sweep} a day later. */
    private void abort(String key, String upload) {
        boolean interrupted = Thread.interrupted();
        try {
            client.abortMultipartUpload(b -> b.bucket(place.bucket()).key(key).uploadId(upload));
        } catch (SdkException e) {
            LOG.warn("cannot abort the upload of {}: {}", key, e.getMessage());
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Aborts what killed processes began. Those who may not are left with what their bucket's own rules do. */
    private void sweep() {
        if (!swept.compareAndSet(false, true)) {
            return;
        }
        try {
            Instant limit = Instant.now().minus(GIVEN_UP);
            for (MultipartUpload upload : client.listMultipartUploadsPaginator(
                            b -> b.bucket(place.bucket()).prefix(place.prefix() + "nar/"))
                    .uploads()) {
                if (upload.initiated() != null && upload.initiated().isBefore(limit)) {
                    abort(upload.key(), upload.uploadId());
                }
            }
        } catch (SdkException e) {
            LOG.debug("cannot look for uploads that were given up: {}", e.getMessage());
        }
    }
}
