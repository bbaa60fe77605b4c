package dev.berth.store.cache;

import dev.berth.nix.nar.NarSink;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Notes which files of a tree hold debugging information under a build id: the regular files
 * {@code lib/debug/.build-id/XX/YYYY….debug} (libstore/binary-cache-store.cc). At most {@value #MOST} of one tree.
 */
final class DebugFiles implements NarSink {
    /** Far more than any package has; a tree of more is hostile. */
    static final int MOST = 100_000;

    private static final Pattern MEMBER = Pattern.compile("lib/debug/\\.build-id/([0-9a-f]{2})/([0-9a-f]{38}\\.debug)");
    private static final int DEPTH = 5;

    private final Deque<String> at = new ArrayDeque<>();
    private final List<String> members = new ArrayList<>();
    private String name = "";
    private int depth;

    /** What was found: paths in the tree. */
    List<String> members() {
        return members;
    }

    /** The file of a cache that leads to a member, as Nix names it. */
    static String file(String member) {
        var matcher = MEMBER.matcher(member);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(member);
        }
        return "debuginfo/" + matcher.group(1) + matcher.group(2);
    }

    /** The content of that file. */
    static byte[] link(String narUrl, String member) {
        // Both are made here, of characters that JSON takes as they are.
        return ("{\"archive\":\"../" + narUrl + "\",\"member\":\"" + member + "\"}").getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void startDirectory() {
        if (depth > 0 && depth < DEPTH) {
            at.addLast(name);
        }
        depth++;
    }

    @Override
    public void entry(byte[] entry) {
        if (depth <= DEPTH) {
            // A name that is not ASCII is none of these, whatever its bytes are taken for.
            name = new String(entry, StandardCharsets.ISO_8859_1);
        }
    }

    @Override
    public void endDirectory() {
        depth--;
        if (depth > 0 && depth < DEPTH) {
            at.removeLast();
        }
    }

    @Override
    public void startFile(boolean executable, long size) {
        if (depth == DEPTH && members.size() < MOST) {
            String member = String.join("/", at) + "/" + name;
            if (MEMBER.matcher(member).matches()) {
                members.add(member);
            }
        }
    }

    @Override
    public void contents(byte[] buffer, int offset, int length) {}

    @Override
    public void endFile() {}

    @Override
    public void symlink(byte[] target) {}
}
