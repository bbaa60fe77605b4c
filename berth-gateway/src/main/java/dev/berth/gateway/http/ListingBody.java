package dev.berth.gateway.http;

import dev.berth.linux.OpenFile;
import dev.berth.nix.nar.NarListingWriter;
import dev.berth.nix.nar.PassingSink;
import dev.berth.store.tree.OpenFileSink;
import java.io.IOException;
import java.io.OutputStream;

/** The listing of a NAR as the body of a reply; of files only the sizes are looked at. One thread. */
final class ListingBody extends PassingSink implements OpenFileSink {
    private static final byte[] NOTHING = new byte[64 << 10];

    ListingBody(OutputStream out) {
        super(new NarListingWriter(out));
    }

    @Override
    public boolean takesFile(long size) {
        return true;
    }

    @Override
    public void contents(OpenFile file, long size) throws IOException {
        for (long left = size; left > 0; left -= NOTHING.length) {
            next.contents(NOTHING, 0, (int) Math.min(left, NOTHING.length));
        }
    }
}
