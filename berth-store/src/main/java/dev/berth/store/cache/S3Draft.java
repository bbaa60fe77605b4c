package dev.berth.store.cache;

import java.io.IOException;
import java.io.OutputStream;

/**
 * A file on its way into a bucket. It is spooled and not sent while it is made: the key of a multipart upload must be known
 * at its beginning, and a NAR is named by the hash of its compressed bytes, known at their end. Sent under another key, it
 * would have to be copied by the server, which not every server can do (5 GiB at once, else part by part), and a killed
 * upload would leave an object behind. So nothing wrong is ever sent, a part that failed is sent again from the disk, and
 * the memory needed does not grow with the number of files that are being written.
 */
final class S3Draft implements Transport.Draft {
    private final S3Uploads uploads;
    private final Spool spool = new Spool();

    S3Draft(S3Uploads uploads) {
        this.uploads = uploads;
    }

    @Override
    public OutputStream out() {
        return spool;
    }

    @Override
    public void publish(String name) throws IOException {
        uploads.send(name, spool);
    }

    @Override
    public void close() throws IOException {
        spool.close();
    }
}
