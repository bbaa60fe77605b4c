package dev.berth.kubernetes;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A certificate by which we prove who we are, and its key, both PEM.
 *
 * @param certificate the certificate, and those between it and the authority
 * @param key its private key
 * @param name what to call it in messages
 */
record ClientCertificate(String certificate, String key, String name) {
    private static final Pattern BLOCK = Pattern.compile("-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----");

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

    /**
     * As {@link #read}, and looks whether the key is that of the certificate: files that are being replaced may be of two pairs.
     *
     * @throws ClusterException if it can't be used
     */
    void checkPair() throws ClusterException {
        ClientKey pair = read();
        try {
            pair.check();
        } catch (GeneralSecurityException e) {
            throw error("has another key than the one that is named: " + Text.line(e.getMessage()), e);
        }
    }

    /** Whether it is one, and has not expired. */
    boolean isUsable() {
        try {
            read();
            return true;
        } catch (ClusterException e) {
            return false;
        }
    }

    /** All certificates of a PEM text, at least one; what else is in it, such as a key, is passed over. */
    static List<X509Certificate> certificates(byte[] pem) throws GeneralSecurityException {
        String blocks = BLOCK.matcher(new String(pem, StandardCharsets.ISO_8859_1))
                .results()
                .map(MatchResult::group)
                .collect(Collectors.joining("\n"));
        List<X509Certificate> all = CertificateFactory.getInstance("X.509")
                .generateCertificates(new ByteArrayInputStream(blocks.getBytes(StandardCharsets.ISO_8859_1)))
                .stream()
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
