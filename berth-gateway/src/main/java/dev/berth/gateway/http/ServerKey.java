package dev.berth.gateway.http;

import io.netty.handler.codec.http2.Http2SecurityUtil;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a server proves itself with, from two files, and again when they change. Any thread. */
final class ServerKey {
    private static final Logger LOG = LoggerFactory.getLogger(ServerKey.class);

    private record Version(FileTime certificate, FileTime key, Object certificateFile, Object keyFile) {}

    private final HttpConfig.Tls files;
    private volatile SslContext context;
    private Version version;

    private ServerKey(HttpConfig.Tls files, SslContext context, Version version) {
        this.files = files;
        this.context = context;
        this.version = version;
    }

    /** @throws IOException if the files cannot be read, or hold no certificate and key */
    static ServerKey read(HttpConfig.Tls files) throws IOException {
        Version version = version(files);
        return new ServerKey(files, load(files), version);
    }

    SslContext context() {
        return context;
    }

    /** Looks at the files, and takes them if they changed; if they can't be, what was there before counts. One thread. */
    void refresh() {
        try {
            Version now = version(files);
            if (!now.equals(version)) {
                version = now;
                context = load(files);
                LOG.info("the certificate {} was read again", files.certificate());
            }
        } catch (IOException e) {
            LOG.error("the certificate stays what it was: {}", e.getMessage());
        }
    }

    private static Version version(HttpConfig.Tls files) throws IOException {
        return new Version(
                Files.getLastModifiedTime(files.certificate()),
                Files.getLastModifiedTime(files.key()),
                id(files.certificate()),
                id(files.key()));
    }

    /** Of the file behind symlinks: a mounted Secret is replaced as a whole. */
    private static Object id(Path file) throws IOException {
        return Files.getAttribute(file, "unix:ino");
    }

    private static SslContext load(HttpConfig.Tls files) throws IOException {
        try {
            return SslContextBuilder.forServer(
                            files.certificate().toFile(), files.key().toFile())
                    .sslProvider(SslProvider.JDK)
                    .ciphers(ciphers(), SupportedCipherSuiteFilter.INSTANCE)
                    .applicationProtocolConfig(new ApplicationProtocolConfig(
                            Protocol.ALPN,
                            SelectorFailureBehavior.NO_ADVERTISE,
                            SelectedListenerFailureBehavior.ACCEPT,
                            ApplicationProtocolNames.HTTP_2,
                            ApplicationProtocolNames.HTTP_1_1))
                    .build();
        } catch (IllegalArgumentException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new IOException(
                    "no certificate and key in " + files.certificate() + " and " + files.key() + ": "
                            + cause.getMessage() + "; both are PEM, the key PKCS #8 and not encrypted",
                    e);
        }
    }

    private static List<String> ciphers() {
        return Http2SecurityUtil.CIPHERS;
    }
}
