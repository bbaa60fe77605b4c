package dev.berth.cli.store;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.Consumer;
import picocli.CommandLine.Model.CommandSpec;

/** JSON on standard output. */
public final class Json {
    private static final ObjectMapper MAPPER = new ObjectMapper().disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);

    private Json() {}

    /** What writes JSON piece by piece. */
    @FunctionalInterface
    public interface Writing {
        /** Writes it. */
        void to(JsonGenerator json) throws IOException;
    }

    /** Prints one small object. */
    public static void print(CommandSpec spec, Consumer<ObjectNode> fill) {
        ObjectNode object = MAPPER.createObjectNode();
        fill.accept(object);
        stream(spec, json -> MAPPER.writeTree(json, object));
    }

    /** Prints what need not fit in memory. */
    public static void stream(CommandSpec spec, Writing writing) {
        var out = spec.commandLine().getOut();
        try {
            JsonGenerator json = MAPPER.createGenerator(out);
            writing.to(json);
            json.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        out.println();
    }
}
