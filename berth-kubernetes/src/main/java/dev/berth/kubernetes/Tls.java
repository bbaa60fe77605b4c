package dev.berth.kubernetes;

import static dev.berth.kubernetes.ClusterException.Kind.CONFIGURATION;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/** Whom a connection to an API server trusts, and what it shows of us. */
final class Tls {
    private Tls() {}

    static SSLContext context(Access access, Optional<ClientCertificate> certificate) throws ClusterException {
        KeyManager[] keys =
                certificate.isPresent() ? new KeyManager[] {certificate.get().read()} : new KeyManager[0];
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys, trust(access), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new ClusterException(
                    CONFIGURATION,
                    access.origin() + ": the certificate-authority of the context '" + access.context()
                            + "' can't be used: " + Text.line(e.getMessage()),
                    e);
        }
    }

    /** Where the file names authorities, those alone are trusted: not the system's as well. */
    private static TrustManager[] trust(Access access) throws GeneralSecurityException, IOException {
        if (access.insecure()) {
            return new TrustManager[] {new Anybody()};
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        if (access.authority().isEmpty()) {
            factory.init((KeyStore) null);
            return factory.getTrustManagers();
        }
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        int number = 0;
        for (Certificate authority :
                ClientCertificate.certificates(access.authority().get())) {
            store.setCertificateEntry("authority-" + number++, authority);
        }
        factory.init(store);
        return factory.getTrustManagers();
    }

    /** For {@code insecure-skip-tls-verify}, which the user has to have written into the file. */
    private static final class Anybody extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
