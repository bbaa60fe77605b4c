package dev.berth.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;
import software.amazon.awssdk.services.s3.model.CreateBucketRequest;

/**
 * A real S3 server (S3Proxy) on a port of its own, that keeps its buckets in a directory and checks signatures. While it runs,
 * AWS's SDK in this process finds its credentials; one at a time, as they are a property of the process.
 */
public final class S3Server implements AutoCloseable {
    /** The bucket that is there. */
    public static final String BUCKET = "berth-test";

    /** Its access key. */
    public static final String ACCESS_KEY = "test-access-key";

    private static final String CREDENTIALS_PROPERTY = "aws.sharedCredentialsFile";

    private static final String SECRET_KEY = "test-secret-key";

    private final S3Proxy server;
    private final BlobStore store;
    private final Path credentials;

    /** @param directory an existing directory that the test removes */
    public S3Server(Path directory) {
        this(directory, store -> store);
    }

    /**
     * @param directory an existing directory that the test removes
     * @param between wraps what keeps the objects, to disturb it
     */
    public S3Server(Path directory, UnaryOperator<BlobStore> between) {
        try {
            Path buckets = Files.createDirectories(directory.resolve("buckets"));
            this.store = new FilesystemNio2BlobStore(buckets.toString());
            store.createContainer(CreateBucketRequest.builder().bucket(BUCKET).build());
            this.credentials = directory.resolve("credentials");
            Files.writeString(
                    credentials,
                    "[default]\naws_access_key_id = " + ACCESS_KEY + "\naws_secret_access_key = " + SECRET_KEY
                            + "\n[wrong]\naws_access_key_id = " + ACCESS_KEY + "\naws_secret_access_key = nonsense\n",
                    StandardCharsets.UTF_8);
            System.setProperty(CREDENTIALS_PROPERTY, credentials.toString());
            this.server = S3Proxy.builder()
                    .blobStore(between.apply(store))
                    .endpoint(URI.create("http://127.0.0.1:0"))
                    .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, ACCESS_KEY, SECRET_KEY)
                    .stopTimeout(0)
                    .build();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        try {
            server.start();
        } catch (Exception e) {
            throw new IllegalStateException("the S3 server does not start", e);
        }
    }

    /** A file of AWS's form with its credentials, in the profile {@code default}; the profile {@code wrong} has others. */
    public Path credentials() {
        return credentials;
    }

    /** Its secret key. */
    public String secretKey() {
        return SECRET_KEY;
    }

    /** Its port on 127.0.0.1. */
    public int port() {
        return server.getPort();
    }

    /** What keeps the objects. */
    public BlobStore store() {
        return store;
    }

    /** The bucket's URI as a store, to which parameters can be added by {@code &}. */
    public String uri() {
        return "s3://" + BUCKET + "?endpoint=127.0.0.1:" + port() + "&scheme=http";
    }

    @Override
    public void close() {
        System.clearProperty(CREDENTIALS_PROPERTY);
        try {
            server.stop();
        } catch (Exception e) {
            throw new IllegalStateException("the S3 server does not stop", e);
        }
    }
}
