package dev.berth.kubernetes;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * A certificate by which we prove who we are, and its key, both PEM.
 *
 * @param certificate the certificate, and those between it and the authority
 * @param key its private key
 * @param name what to call it in messages
 */
record ClientCertificate(String certificate, String key, String name) {
    ClientKey read() throws ClusterException {
        try {
            List<X509Certificate> chain = certificates(certificate.getBytes(StandardCharsets.UTF_8));
            chain.getFirst().checkValidity();
            return new ClientKey(chain, PemKey.read(key));
        } catch (CertificateExpiredException e) {
            throw error("has expired (" + Text.line(e.getMessage()) + "): get a new one", e);
        } catch (GeneralSecurityException e) {
            throw error("can't be used: " + Text.line(e.getMessage()), e);
        }
    }

    /** All certificates of a PEM text, at least one. */
    static List<X509Certificate> certificates(byte[] pem) throws GeneralSecurityException {
        List<X509Certificate> all =
                CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(pem)).stream()
                        .map(X509Certificate.class::cast)
                        .toList();
        if (all.isEmpty()) {
            throw new GeneralSecurityException("there is no certificate in it");
        }
        return all;
    }

    private ClusterException error(String what, Exception cause) {
        return new ClusterException(ClusterException.Kind.CONFIGURATION, name + " " + what, cause);
    }
}
