package dev.berth.nix.nar;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteConstraints;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Writes the listing of a NAR while its events pass, as JSON of version 1: the {@code .ls} file of a binary cache, as
 * Nix 2.26 writes it (libstore/binary-cache-store.cc, libutil/nar-accessor.cc). The stream is complete when the root is;
 * it is neither flushed nor closed. One thread.
 */
public final class NarListingWriter implements NarSink {
    /** Counts where the contents of each file begin, and checks the events. */
    private final NarWriter nar = new NarWriter(OutputStream.nullOutputStream());

    private final JsonGenerator json;

    /** @param out where the JSON goes */
    public NarListingWriter(OutputStream out) {
        JsonFactory factory = JsonFactory.builder()
                .streamWriteConstraints(StreamWriteConstraints.builder()
                        .maxNestingDepth(NarListing.NESTING)
                        .build())
                .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
                .disable(StreamWriteFeature.FLUSH_PASSED_TO_STREAM)
                .disable(JsonWriteFeature.ESCAPE_FORWARD_SLASHES)
                .build();
        try {
            this.json = factory.createGenerator(out);
        } catch (IOException e) {
            throw new IllegalStateException("a JSON generator on a stream needs no I/O to be made", e);
        }
    }

    @Override
    public void startDirectory() throws IOException {
        boolean root = nar.size() == 0;
        nar.startDirectory();
        node(root);
        json.writeObjectFieldStart("entries");
    }

    @Override
    public void entry(byte[] name) throws IOException {
        nar.entry(name);
        json.writeFieldName(text(name, "file name"));
    }

    @Override
    public void endDirectory() throws IOException {
        nar.endDirectory();
        json.writeEndObject();
        end("directory");
    }

    @Override
    public void startFile(boolean executable, long size) throws IOException {
        boolean root = nar.size() == 0;
        nar.startFile(executable, size);
        node(root);
        if (executable) {
            json.writeBooleanField("executable", true);
        }
        json.writeNumberField("narOffset", nar.size());
        json.writeNumberField("size", size);
    }

    @Override
    public void contents(byte[] buffer, int offset, int length) throws IOException {
        nar.contents(buffer, offset, length);
    }

    @Override
    public void endFile() throws IOException {
        nar.endFile();
        end("regular");
    }

    @Override
    public void symlink(byte[] target) throws IOException {
        boolean root = nar.size() == 0;
        nar.symlink(target);
        node(root);
        json.writeStringField("target", text(target, "symlink target"));
        end("symlink");
    }

    private void node(boolean root) throws IOException {
        if (root) {
            json.writeStartObject();
            json.writeFieldName("root");
        }
        json.writeStartObject();
    }

    private void end(String type) throws IOException {
        json.writeStringField("type", type);
        json.writeEndObject();
        if (nar.isComplete()) {
            json.writeNumberField("version", NarListing.VERSION);
            json.writeEndObject();
            json.flush();
        }
    }

    private static String text(byte[] bytes, String what) throws NarException {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new NarException("NAR has a " + what + " that is not UTF-8, which no JSON listing can hold: "
                    + dev.berth.nix.FormatException.quote(new String(bytes, StandardCharsets.UTF_8)));
        }
    }
}
