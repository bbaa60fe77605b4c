package dev.berth.kubernetes;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Collection;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;

/**
 * A certificate by which we prove who we are, and its key, both PEM.
 *
 * @param certificate the certificate, and those between it and the authority
 * @param key its private key
 * @param name what to call it in messages
 */
record ClientCertificate(String certificate, String key, String name) {
    private static final char[] NO_PASSWORD = {};

    KeyManager[] keyManagers() throws ClusterException {
        try {
            Collection<? extends Certificate> chain = certificates(certificate.getBytes(StandardCharsets.UTF_8));
            for (Certificate first : chain) {
                ((X509Certificate) first).checkValidity();
                break;
            }
            PrivateKey privateKey = PemKey.read(key);
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, NO_PASSWORD);
            store.setKeyEntry("client", privateKey, NO_PASSWORD, chain.toArray(Certificate[]::new));
            KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            factory.init(store, NO_PASSWORD);
            return factory.getKeyManagers();
        } catch (CertificateExpiredException e) {
            throw error("has expired (" + Text.line(e.getMessage()) + "): get a new one", e);
        } catch (GeneralSecurityException | IOException e) {
            throw error("can't be used: " + Text.line(e.getMessage()), e);
        }
    }

    /** All certificates of a PEM text. */
    static Collection<? extends Certificate> certificates(byte[] pem) throws GeneralSecurityException {
        Collection<? extends Certificate> all =
                CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(pem));
        if (all.isEmpty()) {
            throw new GeneralSecurityException("there is no certificate in it");
        }
        return all;
    }

    private ClusterException error(String what, Exception cause) {
        return new ClusterException(ClusterException.Kind.CONFIGURATION, name + " " + what, cause);
    }
}
