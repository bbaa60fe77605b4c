package dev.berth.nix.nar;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * Passes a tree on with hash parts replaced in contents, targets and names, as when a store path gets another hash part
 * and its references to itself must follow (libutil/references.cc). A name that is replaced can break the order of its
 * directory; the next sink then refuses the tree. One thread.
 */
public final class RewritingSink extends PassingSink {
    private final HashPartRewriter rewriter;

    /**
     * @param rewrites hash parts by hash parts, each of 32 digits
     * @param next what takes the rewritten tree
     */
    public RewritingSink(Map<String, String> rewrites, NarSink next) {
        super(next);
        Map<String, byte[]> bytes = new HashMap<>();
        rewrites.forEach((from, to) -> bytes.put(from, to.getBytes(StandardCharsets.UTF_8)));
        this.rewriter = new HashPartRewriter(bytes, offset -> {});
    }

    @Override
    public void entry(byte[] name) throws IOException {
        next.entry(rewritten(name));
    }

    @Override
    public void contents(byte[] buffer, int offset, int length) throws IOException {
        rewriter.write(buffer, offset, length, next::contents);
    }

    @Override
    public void endFile() throws IOException {
        rewriter.end(next::contents);
        next.endFile();
    }

    @Override
    public void symlink(byte[] target) throws IOException {
        next.symlink(rewritten(target));
    }

    private byte[] rewritten(byte[] piece) throws IOException {
        byte[] result = new byte[piece.length];
        int[] used = {0};
        HashPartRewriter.Output out = (bytes, offset, length) -> {
            System.arraycopy(bytes, offset, result, used[0], length);
            used[0] += length;
        };
        rewriter.write(piece, 0, piece.length, out);
        rewriter.end(out);
        return result;
    }
}
