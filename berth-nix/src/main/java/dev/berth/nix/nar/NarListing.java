package dev.berth.nix.nar;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.CharConversionException;
import java.io.IOException;
import java.io.InputStream;

/**
 * Reads listings of NARs, in either form that Nix writes: the {@code .ls} file of a binary cache, JSON of version 1, and
 * the bare tree of {@code nix nar ls --json --recursive}. Both are streamed: hostile sizes, names and depths are refused
 * under the limits of {@link NarLimits}, and no more is held than one name for each open directory.
 */
public final class NarListing {
    /** The version of the {@code .ls} file. */
    static final int VERSION = 1;

    /** Of each directory its object and that of its entries, in the outer object; and the innermost node. */
    static final int NESTING = 2 * NarLimits.DEPTH + 4;

    // No table of field names is kept: they are as many as files, and hostile.
    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(NESTING)
                    .maxStringLength(4 * NarLimits.TARGET)
                    .maxNameLength(4 * NarLimits.NAME)
                    .maxNumberLength(20)
                    .build())
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(StreamReadFeature.AUTO_CLOSE_SOURCE)
            .build();

    private NarListing() {}

    /**
     * Reads a {@code .ls} file, to the end of the stream, which is not closed.
     *
     * @throws NarException if it is none, or of another version; the sink may have seen a part
     */
    public static void read(InputStream in, ListingSink sink) throws IOException {
        parse(in, parser -> new NarListingReader(parser, sink).file());
    }

    /**
     * Reads a bare tree, to the end of the stream, which is not closed.
     *
     * @throws NarException if it is none; the sink may have seen a part
     */
    public static void readTree(InputStream in, ListingSink sink) throws IOException {
        parse(in, parser -> new NarListingReader(parser, sink).tree());
    }

    private interface Body {
        void read(JsonParser parser) throws IOException;
    }

    private static void parse(InputStream in, Body body) throws IOException {
        try (JsonParser parser = JSON.createParser(in)) {
            body.read(parser);
            if (parser.nextToken() != null) {
                throw new NarException("more follows after the end of the NAR listing");
            }
        } catch (CharConversionException e) {
            // Of the encodings that JSON may have, as its first bytes tell.
            throw new NarException("NAR listing is no text: " + e.getMessage());
        } catch (JacksonException e) {
            long at = e.getLocation() == null ? -1 : e.getLocation().getByteOffset();
            throw new NarException("NAR listing is not JSON that a listing can be" + (at < 0 ? "" : " at byte " + at)
                    + ": " + e.getOriginalMessage().replaceAll("\\p{Cntrl}+", " "));
        }
    }
}
