package dev.berth.nix.nar;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.berth.nix.FormatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** One pass over the JSON of a listing. Iterative: its depth costs no stack. */
final class NarListingReader {
    private final JsonParser json;
    private final ListingSink sink;
    private final NarNames names = new NarNames();

    NarListingReader(JsonParser json, ListingSink sink) {
        this.json = json;
        this.sink = sink;
    }

    /** What is known of a node while its object is read: its fields come in any order. */
    private static final class Node {
        @Nullable
        String type;

        @Nullable
        Boolean executable;

        byte @Nullable [] target;
        long size = -1;
        long narOffset = -1;
        boolean hasEntries;
    }

    void file() throws IOException {
        require(json.nextToken() == JsonToken.START_OBJECT, "is no object");
        boolean version = false;
        boolean root = false;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            switch (json.currentName()) {
                case "version" -> {
                    require(!version, "has two versions");
                    json.nextToken();
                    require(number("version") == NarListing.VERSION, "is not of version " + NarListing.VERSION);
                    version = true;
                }
                case "root" -> {
                    require(!root, "has two roots");
                    tree();
                    root = true;
                }
                default -> skip();
            }
        }
        require(version, "has no version");
        require(root, "has no root");
    }

    void tree() throws IOException {
        require(json.nextToken() == JsonToken.START_OBJECT, "has a node that is no object");
        // The open directories, and the node that is read if it is not one of them.
        Deque<Node> open = new ArrayDeque<>();
        open.push(new Node());
        boolean inEntries = false;
        while (!open.isEmpty()) {
            Node node = open.element();
            JsonToken token = json.nextToken();
            if (inEntries && token == JsonToken.FIELD_NAME) {
                byte[] name = utf8(json.currentName());
                names.next(name, offset());
                sink.entry(name);
                require(json.nextToken() == JsonToken.START_OBJECT, "has a node that is no object");
                open.push(new Node());
                inEntries = false;
            } else if (inEntries) {
                require(token == JsonToken.END_OBJECT, "ends early");
                names.leave();
                sink.endDirectory();
                inEntries = false;
            } else if (token == JsonToken.FIELD_NAME) {
                inEntries = field(node);
            } else {
                require(token == JsonToken.END_OBJECT, "ends early");
                finish(node);
                open.pop();
                inEntries = true;
            }
        }
    }

    /** Reads a field of a node; true if it is that of a directory's entries, which have then begun. */
    private boolean field(Node node) throws IOException {
        String field = json.currentName();
        switch (field) {
            case "type" -> {
                once(node.type == null, field);
                node.type = string(field);
            }
            case "executable" -> {
                once(node.executable == null, field);
                JsonToken token = json.nextToken();
                require(token != null && token.isBoolean(), "has a field 'executable' that is neither true nor false");
                node.executable = token == JsonToken.VALUE_TRUE;
            }
            case "size" -> {
                once(node.size < 0, field);
                json.nextToken();
                node.size = number(field);
            }
            case "narOffset" -> {
                once(node.narOffset < 0, field);
                json.nextToken();
                node.narOffset = number(field);
            }
            case "target" -> {
                once(node.target == null, field);
                byte[] target = utf8(string(field));
                require(
                        target.length > 0
                                && target.length <= NarLimits.TARGET
                                && NarNames.indexOf(target, (byte) 0) < 0,
                        "has a symlink target that is empty, too long or has a NUL");
                node.target = target;
            }
            case "entries" -> {
                once(!node.hasEntries, field);
                node.hasEntries = true;
                require(json.nextToken() == JsonToken.START_OBJECT, "has entries that are no object");
                names.enter(offset());
                sink.startDirectory();
                return true;
            }
            default -> skip();
        }
        return false;
    }

    private void finish(Node node) throws IOException {
        String type = node.type;
        if (type == null) {
            throw wrong("has a node without a type");
        }
        boolean directory = type.equals("directory");
        require(directory == node.hasEntries, "has entries in what is no directory, or a directory without");
        switch (type) {
            case "directory" -> {}
            case "regular" -> {
                require(node.size >= 0, "has a file without a size");
                sink.file(
                        Boolean.TRUE.equals(node.executable),
                        node.size,
                        node.narOffset < 0 ? OptionalLong.empty() : OptionalLong.of(node.narOffset));
            }
            case "symlink" -> {
                byte[] target = node.target;
                if (target == null) {
                    throw wrong("has a symlink without a target");
                }
                sink.symlink(target);
            }
            default -> throw wrong("has a node of unknown type " + FormatException.quote(type));
        }
    }

    private String string(String field) throws IOException {
        require(json.nextToken() == JsonToken.VALUE_STRING, "has a field '" + field + "' that is no string");
        return json.getText();
    }

    private long number(String field) throws IOException {
        boolean whole = json.currentToken() == JsonToken.VALUE_NUMBER_INT
                && json.getNumberType() != JsonParser.NumberType.BIG_INTEGER;
        long value = whole ? json.getLongValue() : -1;
        require(value >= 0 && value <= NarLimits.FILE, "has a field '" + field + "' that is no size");
        return value;
    }

    private void skip() throws IOException {
        json.nextToken();
        json.skipChildren();
    }

    private static byte[] utf8(String text) throws NarException {
        try {
            ByteBuffer bytes = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
            byte[] result = new byte[bytes.remaining()];
            bytes.get(result);
            return result;
        } catch (CharacterCodingException e) {
            throw new NarException("NAR listing has half a surrogate pair in " + FormatException.quote(text));
        }
    }

    private long offset() {
        return json.currentLocation().getByteOffset();
    }

    private void once(boolean first, String field) throws NarException {
        require(first, "has a field '" + field + "' twice");
    }

    private void require(boolean condition, String complaint) throws NarException {
        if (!condition) {
            throw wrong(complaint);
        }
    }

    private NarException wrong(String complaint) {
        return new NarException("NAR listing " + complaint + " at byte " + offset());
    }
}
