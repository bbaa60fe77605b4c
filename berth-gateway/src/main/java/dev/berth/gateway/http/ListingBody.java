package dev.berth.gateway.http;

import dev.berth.linux.OpenFile;
import dev.berth.nix.nar.NarListingWriter;
import dev.berth.store.tree.OpenFileSink;
import java.io.IOException;
import java.io.OutputStream;

/** The listing of a NAR as the body of a reply; of files only the sizes are looked at. One thread. */
final class ListingBody implements OpenFileSink {
    private static final byte[] NOTHING = new byte[64 << 10];

    private final NarListingWriter listing;

    ListingBody(OutputStream out) {
        this.listing = new NarListingWriter(out);
    }

    @Override
    public boolean takesFile(long size) {
        return true;
    }

    @Override
    public void contents(OpenFile file, long size) throws IOException {
        for (long left = size; left > 0; left -= NOTHING.length) {
            listing.contents(NOTHING, 0, (int) Math.min(left, NOTHING.length));
        }
    }

    @Override
    public void startDirectory() throws IOException {
        listing.startDirectory();
    }

    @Override
    public void entry(byte[] name) throws IOException {
        listing.entry(name);
    }

    @Override
    public void endDirectory() throws IOException {
        listing.endDirectory();
    }

    @Override
    public void startFile(boolean executable, long size) throws IOException {
        listing.startFile(executable, size);
    }

    @Override
    public void contents(byte[] buffer, int offset, int length) throws IOException {
        listing.contents(buffer, offset, length);
    }

    @Override
    public void endFile() throws IOException {
        listing.endFile();
    }

    @Override
    public void symlink(byte[] target) throws IOException {
        listing.symlink(target);
    }
}
