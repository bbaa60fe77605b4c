package dev.berth.store.cache;

import dev.berth.nix.StoreReference;
import dev.berth.store.StoreException;
import dev.berth.store.StoreParameters;
import dev.berth.store.StoreSettings;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.ProfileCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;

/**
 * Opens {@code s3://BUCKET[/PREFIX]} with Nix's parameters (libstore/s3-binary-cache-store.hh). Credentials are what AWS's
 * own tools would use. Nothing is asked over the network yet.
 */
final class S3Uri {
    static final Set<String> KNOWN = Set.of(
            "addressing-style",
            "buffer-size",
            "endpoint",
            "multipart-chunk-size",
            "multipart-threshold",
            "multipart-upload",
            "profile",
            "region",
            "scheme",
            "storage-class");

    private static final Pattern BUCKET = Pattern.compile("[a-z0-9A-Z][a-zA-Z0-9._-]{1,253}[a-zA-Z0-9]");
    private static final int MIB = 1 << 20;
    private static final int LEAST_PART = 5 * MIB;
    private static final int USUAL_PART = 8 * MIB;
    private static final int USUAL_THRESHOLD = 16 * MIB;

    private final StoreReference reference;
    private final StoreParameters parameters;
    private final StoreSettings settings;

    S3Uri(StoreReference reference, StoreParameters parameters, StoreSettings settings) {
        this.reference = reference;
        this.parameters = parameters;
        this.settings = settings;
    }

    S3Transport open(FileKinds kinds) {
        String bucket = reference.authority();
        if (!BUCKET.matcher(bucket).matches()) {
            throw new StoreException(
                    StoreException.Kind.REFUSED,
                    "cannot open store " + reference + ": "
                            + (bucket.isEmpty()
                                    ? "it names no bucket: s3://BUCKET"
                                    : "'" + bucket + "' can't be the name of a bucket, which has 3 letters or more"));
        }
        String path = reference.path().replaceAll("^/+|/+$", "");
        Optional<URI> endpoint = endpoint();
        String region = parameters.text("region").orElse("us-east-1");
        S3Options options = options(kinds);
        S3Place place = new S3Place(
                bucket,
                path.isEmpty() ? "" : path + "/",
                endpoint.map(URI::toString).orElse("AWS in " + region));
        return new S3Transport(client(endpoint, region, bucket), place, options, settings.retries());
    }

    private S3Options options(FileKinds kinds) {
        int part = parameters.number("multipart-chunk-size").orElse(USUAL_PART);
        if (part < LEAST_PART) {
            throw parameters.refused("multipart-chunk-size", "is less than 5 MiB, which S3 does not take");
        }
        return new S3Options(
                parameters.flag("multipart-upload").orElse(true),
                parameters.number("multipart-threshold").orElse(USUAL_THRESHOLD),
                part,
                parameters.text("storage-class"),
                kinds,
                settings.stallTimeout());
    }

    /** As Nix: a host, with a port if need be, whose scheme is another parameter; or a whole URL. */
    private Optional<URI> endpoint() {
        String scheme = parameters.text("scheme").orElse("https");
        if (!scheme.equals("http") && !scheme.equals("https")) {
            throw parameters.refused("scheme", "is neither http nor https");
        }
        return parameters.text("endpoint").map(given -> {
            try {
                URI uri = new URI(given.contains("://") ? given : scheme + "://" + given);
                boolean http = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
                if (http && uri.getHost() != null && uri.getRawUserInfo() == null && uri.getRawQuery() == null) {
                    return uri;
                }
            } catch (URISyntaxException e) {
                throw parameters.refused("endpoint", "is no address: " + e.getReason());
            }
            throw parameters.refused("endpoint", "is neither HOST[:PORT] nor a URL");
        });
    }

    private boolean pathStyle(boolean ownEndpoint, String bucket) {
        return switch (parameters.text("addressing-style").orElse("auto")) {
            case "path" -> true;
            case "virtual" -> false;
            // Servers of one's own seldom have a name for each bucket, and a certificate is for one label.
            case "auto" -> ownEndpoint || bucket.indexOf('.') >= 0;
            default -> throw parameters.refused("addressing-style", "is none of auto, path and virtual");
        };
    }

    private S3Client client(Optional<URI> endpoint, String region, String bucket) {
        S3ClientBuilder client = S3Client.builder()
                .region(Region.of(region))
                .credentialsProvider(credentials())
                .forcePathStyle(pathStyle(endpoint.isPresent(), bucket))
                // What NARs hold is known by their own hashes; not every server knows AWS's newer checksums.
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                .serviceConfiguration(s3 -> s3.chunkedEncodingEnabled(false).expectContinueEnabled(false))
                .httpClientBuilder(UrlConnectionHttpClient.builder()
                        .connectionTimeout(settings.connectTimeout())
                        .socketTimeout(settings.stallTimeout()))
                .overrideConfiguration(o -> o.retryStrategy(AwsRetryStrategy.standardRetryStrategy().toBuilder()
                                .maxAttempts(settings.retries() + 1)
                                .build())
                        .apiCallAttemptTimeout(settings.connectTimeout().plus(settings.stallTimeout())));
        endpoint.ifPresent(client::endpointOverride);
        return client.build();
    }

    private AwsCredentialsProvider credentials() {
        return parameters
                .text("profile")
                .<AwsCredentialsProvider>map(ProfileCredentialsProvider::create)
                .orElseGet(() -> DefaultCredentialsProvider.builder().build());
    }
}
