package dev.berth.store.cache;

import java.io.IOException;
import java.io.OutputStream;

/** A file on its way to a web server, spooled as in {@link S3Draft}: a PUT begins with the name and the length. */
final class HttpDraft implements Transport.Draft {
    private final HttpTransport transport;
    private final Spool spool = new Spool();

    HttpDraft(HttpTransport transport) {
        this.transport = transport;
    }

    @Override
    public OutputStream out() {
        return spool;
    }

    /** As Nix, this leaves a NAR that the server has: its name is its hash. */
    @Override
    public void publish(String name) throws IOException {
        if (!name.startsWith("nar/") || !transport.exists(name)) {
            transport.put(name, spool);
        }
    }

    @Override
    public void close() throws IOException {
        spool.close();
    }
}
