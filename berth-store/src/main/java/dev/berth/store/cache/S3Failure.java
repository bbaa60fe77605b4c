package dev.berth.store.cache;

import dev.berth.store.StoreException.Kind;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.Set;
import javax.net.ssl.SSLException;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** Words for what goes wrong with S3: absent, denied, slow, down. */
final class S3Failure {
    /** What S3 says of credentials that are wrong, whatever is asked for. */
    private static final Set<String> CREDENTIALS = Set.of(
            "InvalidAccessKeyId",
            "SignatureDoesNotMatch",
            "ExpiredToken",
            "InvalidToken",
            "TokenRefreshRequired",
            "RequestTimeTooSkewed",
            "AuthorizationHeaderMalformed",
            "InvalidSecurity",
            "NotSignedUp",
            "AccountProblem");

    private S3Failure() {}

    /** Whether there is no such object, as opposed to no such bucket. */
    static boolean isAbsent(SdkException e) {
        return e instanceof S3Exception s3 && s3.statusCode() == 404 && !code(s3).equals("NoSuchBucket");
    }

    /** Whether the object may not be read, or is absent and may not be known to be: S3 does not tell these apart. */
    static boolean isDenied(SdkException e) {
        return e instanceof S3Exception s3 && s3.statusCode() == 403 && !CREDENTIALS.contains(code(s3));
    }

    /** Whether the object is another by now than the one that the request was about. */
    static boolean isChanged(SdkException e) {
        return e instanceof S3Exception s3 && (s3.statusCode() == 412 || s3.statusCode() == 409);
    }

    private static String code(S3Exception e) {
        return e.awsErrorDetails() == null
                ? ""
                : String.valueOf(e.awsErrorDetails().errorCode());
    }

    /**
     * @param what was asked of whom
     * @param writing whether it was a change
     */
    static IOException of(String what, boolean writing, SdkException e) {
        if (e instanceof AbortedException || Thread.currentThread().isInterrupted()) {
            Thread.currentThread().interrupt();
            return (IOException) new InterruptedIOException(what + " was interrupted").initCause(e);
        }
        if (e instanceof S3Exception s3 && s3.statusCode() > 0) {
            return answered(what, writing, s3);
        }
        Throwable root = root(e);
        String reason = reason(e, root);
        boolean mayPass = !(root instanceof SSLException) && !(root instanceof UnknownHostException);
        boolean slow = e instanceof ApiCallAttemptTimeoutException || e instanceof ApiCallTimeoutException;
        return new TransportException(slow ? Kind.SLOW : Kind.ofSilence(e), what + ": " + reason, mayPass, e);
    }

    private static TransportException answered(String what, boolean writing, S3Exception e) {
        String code = code(e);
        int status = e.statusCode();
        if (code.equals("NoSuchBucket")) {
            return new TransportException(Kind.UNAVAILABLE, what + ": there is no such bucket", false, e);
        }
        if (status == 401 || status == 403 || CREDENTIALS.contains(code)) {
            return new TransportException(
                    writing ? Kind.READ_ONLY : Kind.UNAVAILABLE,
                    what + ": denied" + (code.isEmpty() ? "" : " (" + code + ")") + "; check the credentials"
                            + " (AWS_PROFILE, AWS_ACCESS_KEY_ID, the parameter 'profile') and their rights",
                    false,
                    e);
        }
        if (status == 503 || status == 429) {
            return new TransportException(
                    Kind.UNAVAILABLE,
                    what + ": too slow, the server asks for fewer requests (" + described(e, code) + ")",
                    true,
                    e);
        }
        boolean full = code.equals("QuotaExceeded") || status == 507;
        return new TransportException(
                full ? Kind.NO_SPACE : Kind.UNAVAILABLE,
                what + ": the server answered with status " + status + " (" + described(e, code) + ")",
                status >= 500,
                e);
    }

    private static String described(S3Exception e, String code) {
        String said = e.awsErrorDetails() == null
                ? ""
                : String.valueOf(e.awsErrorDetails().errorMessage());
        String line = said.lines().findFirst().orElse("");
        return code.isEmpty() ? "without a reason" : line.isEmpty() ? code : code + ": " + line;
    }

    private static String reason(SdkException e, Throwable root) {
        if (e instanceof ApiCallAttemptTimeoutException || e instanceof ApiCallTimeoutException) {
            return "too slow, no answer in time";
        }
        String message = String.valueOf(e.getMessage());
        if (message.contains("Unable to load credentials")
                || message.contains("Profile file contained no credentials")) {
            return "no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile of"
                    + " ~/.aws/credentials by the parameter 'profile'";
        }
        return switch (root) {
            case SocketTimeoutException _ -> "too slow, no answer in time";
            case UnknownHostException _ -> "the host name does not resolve";
            case ConnectException _ -> "connection refused";
            case NoRouteToHostException _ -> "host unreachable";
            case SSLException _ -> "TLS failed: " + root.getMessage();
            default -> String.valueOf(root.getMessage()).lines().findFirst().orElse("");
        };
    }

    private static Throwable root(Throwable e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root;
    }
}
