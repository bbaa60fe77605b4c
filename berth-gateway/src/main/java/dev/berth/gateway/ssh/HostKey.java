package dev.berth.gateway.ssh;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.util.Iterator;
import java.util.Set;
import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyPairResourceWriter;
import org.apache.sshd.common.util.io.resource.PathResource;
import org.apache.sshd.common.util.security.SecurityUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The key by which clients know this server: an Ed25519 key in OpenSSH's form, made at the first start and kept. */
final class HostKey {
    private static final Logger LOG = LoggerFactory.getLogger(HostKey.class);

    private HostKey() {}

    /**
     * Reads the key, or makes it.
     *
     * @throws IOException if it can't be read or made; a file that is there is never replaced
     */
    static KeyPair readOrMake(Path file) throws IOException {
        if (!Files.exists(file)) {
            try {
                make(file);
            } catch (FileAlreadyExistsException e) {
                LOG.debug("another process made {} at the same time", file);
            }
        }
        Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
        if (permissions.contains(PosixFilePermission.OTHERS_READ)
                || permissions.contains(PosixFilePermission.OTHERS_WRITE)) {
            LOG.warn("everybody on this machine can read the host key {}: chmod 600 it", file);
        }
        try {
            Iterable<KeyPair> found =
                    SecurityUtils.loadKeyPairIdentities(null, new PathResource(file), Files.newInputStream(file), null);
            Iterator<KeyPair> keys = found == null ? java.util.Collections.emptyIterator() : found.iterator();
            if (!keys.hasNext()) {
                throw new IOException(file + " holds no private key: move it away, and a new one is made");
            }
            return keys.next();
        } catch (GeneralSecurityException | RuntimeException e) {
            throw new IOException("the host key " + file + " can't be read: " + e.getMessage(), e);
        }
    }

    private static void make(Path file) throws IOException {
        Path parent = file.toAbsolutePath().getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        // Whole or not at all, and never over one that is there.
        Path part = Files.createTempFile(
                parent,
                ".host-key",
                "",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try {
            KeyPair pair =
                    SecurityUtils.getKeyPairGenerator(SecurityUtils.ED25519).generateKeyPair();
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            OpenSSHKeyPairResourceWriter.INSTANCE.writePrivateKey(pair, "berth-gateway", null, out);
            Files.write(part, out.toByteArray());
            Files.createLink(file, part);
        } catch (GeneralSecurityException e) {
            throw new IOException("no Ed25519 key could be made: " + e.getMessage(), e);
        } finally {
            Files.delete(part);
        }
    }
}
