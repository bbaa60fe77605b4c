package dev.berth.wire.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.berth.testing.Project;
import dev.berth.wire.WireInput;
import dev.berth.wire.WireOutput;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** The golden files, and how what is read and written is held against them. */
final class GoldenFiles {
    private static final ObjectMapper JSON = new ObjectMapper();

    private GoldenFiles() {}

    /** Reads one value and writes it. */
    record Codec<T>(WireInput.Element<T> reader, WireOutput.Element<T> writer) {}

    static byte[] bytes(String file) throws IOException {
        return Files.readAllBytes(Project.golden().resolve(file + ".bin"));
    }

    static JsonNode json(String file) throws IOException {
        return JSON.readTree(Files.readAllBytes(Project.golden().resolve(file + ".json")));
    }

    /** Reads as many values as there are meant to be, and wants nothing behind them. */
    static <T> List<T> read(byte[] bytes, int count, WireInput.Element<T> reader) throws IOException {
        WireInput in = new WireInput(new ByteArrayInputStream(bytes), 1 << 20);
        List<T> values = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            values.add(reader.read(in));
        }
        assertThat(in.atEnd()).isTrue();
        return values;
    }

    static <T> byte[] written(List<T> values, WireOutput.Element<T> writer) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        WireOutput out = new WireOutput(bytes);
        for (T value : values) {
            writer.write(out, value);
        }
        out.flush();
        return bytes.toByteArray();
    }

    static <T> void check(String file, List<T> meaning, Codec<T> codec) throws IOException {
        byte[] bytes = bytes(file);
        assertThat(read(bytes, meaning.size(), codec.reader())).isEqualTo(meaning);
        assertThat(written(meaning, codec.writer())).isEqualTo(bytes);
    }

    static <T> void checkRead(String file, List<T> meaning, Codec<T> codec) throws IOException {
        assertThat(read(bytes(file), meaning.size(), codec.reader())).isEqualTo(meaning);
    }

    /** The values in the JSON: of an array each, else one. */
    static <T> List<T> meanings(String file, Function<JsonNode, T> meaning) throws IOException {
        JsonNode json = json(file);
        return json.isArray() ? json.valueStream().map(meaning).toList() : List.of(meaning.apply(json));
    }
}
