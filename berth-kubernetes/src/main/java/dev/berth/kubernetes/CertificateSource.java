package dev.berth.kubernetes;

import com.fasterxml.jackson.databind.node.MissingNode;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Where the client certificate of a user is from. Files are read again for each request, as others replace them from time to time: kubelet
 * does so with its own, which is certificate and key in one file. What is there in the middle of that, such as a certificate with the key
 * of another one, is no reason to fail as long as the last good one has not expired.
 */
final class CertificateSource {
    private static final String CERTIFICATE = "client-certificate";
    private static final String KEY = "client-key";

    /** No certificate. */
    static final CertificateSource NONE =
            new CertificateSource(new Fields(Path.of(""), "", MissingNode.getInstance()), null, false);

    private final Fields user;
    private final boolean mayChange;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable ClientCertificate last;

    private CertificateSource(Fields user, @Nullable ClientCertificate first, boolean mayChange) {
        this.user = user;
        this.last = first;
        this.mayChange = mayChange;
    }

    /**
     * That of the {@code user} of a kubeconfig.
     *
     * @throws ClusterException if what it names can't be read
     */
    static CertificateSource of(Fields user) throws ClusterException {
        if (user.text(CERTIFICATE + "-data").isEmpty()
                && user.text(CERTIFICATE).isEmpty()
                && user.text(KEY + "-data").isEmpty()
                && user.text(KEY).isEmpty()) {
            return NONE;
        }
        boolean files = user.text(CERTIFICATE + "-data").isEmpty()
                || user.text(KEY + "-data").isEmpty();
        return new CertificateSource(user, read(user), files);
    }

    private static ClientCertificate read(Fields user) throws ClusterException {
        Optional<String> certificate = user.pem(CERTIFICATE);
        Optional<String> key = user.pem(KEY);
        if (certificate.isEmpty() || key.isEmpty()) {
            throw user.error(CERTIFICATE + " and " + KEY + " go together");
        }
        return new ClientCertificate(
                certificate.get(), key.get(), user.file() + ": the client certificate of " + user.name());
    }

    /**
     * The certificate as it is now; empty if the user has none.
     *
     * @throws ClusterException if it can't be had, nor the last one be used
     */
    Optional<ClientCertificate> current() throws ClusterException {
        lock.lock();
        try {
            ClientCertificate before = last;
            if (before == null || !mayChange) {
                return Optional.ofNullable(before);
            }
            try {
                ClientCertificate now = read(user);
                if (!now.equals(before)) {
                    now.checkPair();
                    last = now;
                }
                return Optional.of(now);
            } catch (ClusterException e) {
                if (!before.isUsable()) {
                    throw e;
                }
                return Optional.of(before);
            }
        } finally {
            lock.unlock();
        }
    }
}
