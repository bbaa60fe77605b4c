package dev.berth.kubernetes;

import static dev.berth.kubernetes.ClusterException.Kind;

import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.Optional;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;

/** Why there is no connection, in words. */
final class Connections {
    private Connections() {}

    static ClusterException failure(Call call, Access access, IOException e) {
        String where = call.what() + ": " + access.server() + " (context '" + access.context() + "' of "
                + access.origin() + ") ";
        if (find(e, UnresolvedAddressException.class).isPresent()) {
            return new ClusterException(
                    Kind.UNREACHABLE, where + "is not known to the resolver: is the name right?", e);
        }
        if (find(e, CertificateExpiredException.class).isPresent()) {
            return new ClusterException(
                    Kind.CONFIGURATION,
                    where + "has a certificate that has expired: it must be renewed on the server",
                    e);
        }
        if (find(e, CertificateNotYetValidException.class).isPresent()) {
            return new ClusterException(
                    Kind.CONFIGURATION,
                    where + "has a certificate that is not valid yet: is the clock of this machine right?",
                    e);
        }
        if (find(e, CertPathValidatorException.class).isPresent()
                || find(e, java.security.cert.CertificateException.class).isPresent()
                || text(e).contains("PKIX path")) {
            return new ClusterException(
                    Kind.CONFIGURATION,
                    where + "has a certificate that is not trusted (" + Text.line(text(e))
                            + "): is the certificate-authority right?",
                    e);
        }
        Optional<SSLHandshakeException> handshake = find(e, SSLHandshakeException.class);
        if (handshake.isPresent()) {
            return new ClusterException(
                    Kind.CONFIGURATION,
                    where + "refused the TLS connection ("
                            + Text.line(handshake.get().getMessage())
                            + "): is the client certificate right, and not expired?",
                    e);
        }
        if (find(e, SSLException.class).isPresent() && text(e).contains("Unsupported or unrecognized SSL message")) {
            return new ClusterException(Kind.CONFIGURATION, where + "does not speak TLS: is it http?", e);
        }
        if (e instanceof HttpTimeoutException) {
            return new ClusterException(Kind.UNREACHABLE, where + "does not accept a connection: no answer in time", e);
        }
        if (e instanceof ConnectException) {
            return new ClusterException(Kind.UNREACHABLE, where + "refuses connections: does the API server run?", e);
        }
        if (text(e).contains("body exceeds") || text(e).contains("exceeded")) {
            return new ClusterException(
                    Kind.SERVER, where + "gave an answer of more than " + call.largest() + " bytes", e);
        }
        return new ClusterException(Kind.UNREACHABLE, where + "ended the connection (" + Text.line(text(e)) + ")", e);
    }

    private static String text(IOException e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    private static <T extends Throwable> Optional<T> find(Throwable failure, Class<T> type) {
        Throwable at = failure;
        for (int depth = 0; at != null && depth < 20; depth++) {
            if (type.isInstance(at)) {
                return Optional.of(type.cast(at));
            }
            at = at.getCause();
        }
        return Optional.empty();
    }
}
