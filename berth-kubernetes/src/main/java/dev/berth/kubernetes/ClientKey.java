package dev.berth.kubernetes;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * The one certificate that a client has, with its key. A {@link java.security.KeyStore} in between would encrypt the key and
 * decrypt it again, which takes a JVM that has just started more time than the whole handshake.
 */
final class ClientKey extends X509ExtendedKeyManager {
    private static final String ALIAS = "client";

    private final List<X509Certificate> chain;
    private final PrivateKey key;

    /** @param chain the certificate first, then those between it and the authority */
    ClientKey(List<X509Certificate> chain, PrivateKey key) {
        this.chain = List.copyOf(chain);
        this.key = key;
    }

    /**
     * Looks whether the key is that of the certificate.
     *
     * @throws GeneralSecurityException if it is not
     */
    void check() throws GeneralSecurityException {
        String algorithm = switch (key.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> key.getAlgorithm();
        };
        byte[] something = {1, 2, 3};
        Signature signature = Signature.getInstance(algorithm);
        signature.initSign(key);
        signature.update(something);
        byte[] signed = signature.sign();
        signature.initVerify(chain.getFirst().getPublicKey());
        signature.update(something);
        if (!signature.verify(signed)) {
            throw new SignatureException("what the key signs the certificate does not verify");
        }
    }

    /** Whether a server that asks for such a key, of one of these authorities (of any, if it names none), is to get ours. */
    private boolean suits(String keyType, Principal @Nullable [] issuers) {
        if (!chain.getFirst().getPublicKey().getAlgorithm().equals(keyType)) {
            return false;
        }
        return issuers == null
                || issuers.length == 0
                || chain.stream().anyMatch(one -> Arrays.asList(issuers).contains(one.getIssuerX500Principal()));
    }

    private @Nullable String choose(String[] keyTypes, Principal @Nullable [] issuers) {
        return Arrays.stream(keyTypes).anyMatch(type -> suits(type, issuers)) ? ALIAS : null;
    }

    @Override
    public @Nullable String chooseClientAlias(
            String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return choose(keyTypes, issuers);
    }

    @Override
    public @Nullable String chooseEngineClientAlias(
            String[] keyTypes, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
        return choose(keyTypes, issuers);
    }

    @Override
    public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
        return suits(keyType, issuers) ? new String[] {ALIAS} : null;
    }

    @Override
    public X509Certificate @Nullable [] getCertificateChain(String alias) {
        return alias.equals(ALIAS) ? chain.toArray(X509Certificate[]::new) : null;
    }

    @Override
    public @Nullable PrivateKey getPrivateKey(String alias) {
        return alias.equals(ALIAS) ? key : null;
    }

    @Override
    public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
        return null;
    }

    @Override
    public @Nullable String chooseServerAlias(String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return null;
    }
}
