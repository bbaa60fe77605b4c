package dev.berth.nix.nar;

import dev.berth.nix.StorePath;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Finds which of some store paths a tree refers to: those whose hash part stands anywhere in the contents of a file, in
 * the target of a symbolic link or in a name (libutil/references.cc). It scans each of these by itself and finds what a
 * scan of the whole NAR finds: the lengths between them are no digits. One thread.
 */
public final class ReferenceScanner implements NarSink {
    private final List<StorePath> candidates;
    private final HashParts parts;
    private final Set<StorePath> found = new TreeSet<>();

    /** The last bytes of the piece so far, at most 31; room for as many again. */
    private final byte[] tail = new byte[2 * (HashParts.LENGTH - 1)];

    private int tailLength;

    /** @param candidates the paths that the tree may refer to, each with a hash part of its own */
    public ReferenceScanner(Collection<StorePath> candidates) {
        this.candidates = List.copyOf(candidates);
        this.parts =
                new HashParts(this.candidates.stream().map(StorePath::hashPart).toList());
    }

    /** The candidates found so far. */
    public Set<StorePath> found() {
        return Collections.unmodifiableSet(found);
    }

    /** Scans the next bytes of one piece: a file's contents, or any stream that is no NAR. */
    public void scan(byte[] bytes, int offset, int length) {
        if (found.size() == candidates.size()) {
            return;
        }
        int edge = HashParts.LENGTH - 1;
        int head = Math.min(length, edge);
        System.arraycopy(bytes, offset, tail, tailLength, head);
        search(tail, 0, tailLength + head);
        search(bytes, offset, offset + length);
        if (length >= edge) {
            System.arraycopy(bytes, offset + length - edge, tail, 0, edge);
            tailLength = edge;
        } else {
            int keep = Math.min(edge, tailLength + length);
            System.arraycopy(tail, tailLength + length - keep, tail, 0, keep);
            tailLength = keep;
        }
    }

    private void search(byte[] bytes, int from, int to) {
        for (int at = HashParts.next(bytes, from, to); at >= 0; at = HashParts.next(bytes, at, to)) {
            // Slides on while the digits last, so that a long run of them is looked at once.
            int end = at + HashParts.LENGTH;
            test(bytes, at++);
            while (end < to && HashParts.isDigit(bytes[end])) {
                end++;
                test(bytes, at++);
            }
            at = end;
        }
    }

    private void test(byte[] bytes, int at) {
        int part = parts.find(bytes, at);
        if (part >= 0) {
            found.add(candidates.get(part));
        }
    }

    private void piece(byte[] bytes) {
        tailLength = 0;
        scan(bytes, 0, bytes.length);
    }

    @Override
    public void startDirectory() {}

    @Override
    public void entry(byte[] name) {
        piece(name);
    }

    @Override
    public void endDirectory() {}

    @Override
    public void startFile(boolean executable, long size) {
        tailLength = 0;
    }

    @Override
    public void contents(byte[] buffer, int offset, int length) {
        scan(buffer, offset, length);
    }

    @Override
    public void endFile() {}

    @Override
    public void symlink(byte[] target) {
        piece(target);
    }
}
