package dev.berth.nix;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** Writes derivations as ATerms, byte for byte as Nix does (libstore/derivation/aterm.cc). */
final class DerivationWriter {
    /** The version that says that inputs may be derivations made by derivations. */
    static final String DYNAMIC = "xp-dyn-drv";

    private final StoreDir storeDir;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream(4096);

    DerivationWriter(StoreDir storeDir) {
        this.storeDir = storeDir;
    }

    /** The content of the {@code .drv} file. */
    byte[] write(Derivation derivation) {
        SortedMap<String, InputOutputs> inputs = new TreeMap<>();
        derivation.inputDerivations().forEach((path, input) -> inputs.put(storeDir.print(path), input));
        return write(derivation, inputs, false);
    }

    /**
     * The form that is hashed for output paths.
     *
     * @param inputs by what stands for the input derivation: a hash in base-16
     * @param masked whether the derivation's own output paths are left out
     */
    byte[] write(Derivation derivation, SortedMap<String, InputOutputs> inputs, boolean masked) {
        if (derivation.hasDynamicInputs()) {
            raw("DrvWithVersion(");
            quoted(DYNAMIC);
            raw(",");
        } else {
            raw("Derive(");
        }
        list(derivation.outputs(), (name, output) -> output(derivation, name, output, masked));
        raw(",");
        list(inputs, (key, input) -> {
            raw("(");
            quoted(key);
            raw(",");
            input(input);
            raw(")");
        });
        raw(",");
        list(derivation.inputSources(), path -> quoted(storeDir.print(path)));
        raw(",");
        quoted(derivation.system());
        raw(",");
        string(derivation.builder());
        raw(",");
        list(derivation.args(), this::string);
        raw(",");
        list(derivation.env(), (name, value) -> {
            raw("(");
            string(name);
            raw(",");
            string(masked && derivation.outputs().containsKey(name) ? "" : value);
            raw(")");
        });
        raw(")");
        return out.toByteArray();
    }

    private void output(Derivation derivation, String name, DerivationOutput output, boolean masked) {
        DerivationOutput.Fields fields = output.fields(storeDir, derivation.name(), name);
        raw("(");
        quoted(name);
        raw(",");
        quoted(masked ? "" : fields.path());
        raw(",");
        quoted(fields.method());
        raw(",");
        quoted(fields.hash());
        raw(")");
    }

    private void input(InputOutputs input) {
        if (input.dynamic().isEmpty()) {
            list(input.outputs(), this::quoted);
            return;
        }
        raw("(");
        list(input.outputs(), this::quoted);
        raw(",");
        list(input.dynamic(), (name, child) -> {
            raw("(");
            quoted(name);
            raw(",");
            input(child);
            raw(")");
        });
        raw(")");
    }

    private <K, V> void list(Map<K, V> items, BiConsumer<K, V> item) {
        list(items.entrySet(), entry -> item.accept(entry.getKey(), entry.getValue()));
    }

    private <T> void list(Iterable<T> items, Consumer<T> item) {
        raw("[");
        for (Iterator<T> each = items.iterator(); each.hasNext(); ) {
            item.accept(each.next());
            raw(each.hasNext() ? "," : "");
        }
        raw("]");
    }

    private void raw(String ascii) {
        out.writeBytes(ascii.getBytes(StandardCharsets.US_ASCII));
    }

    /** What needs no escapes. */
    private void quoted(String text) {
        out.write('"');
        out.writeBytes(ByteText.encode(text));
        out.write('"');
    }

    private void string(String text) {
        out.write('"');
        byte[] bytes = ByteText.encode(text);
        int from = 0;
        for (int i = 0; i < bytes.length; i++) {
            char escape = switch (bytes[i]) {
                case '"' -> '"';
                case '\\' -> '\\';
                case '\n' -> 'n';
                case '\r' -> 'r';
                case '\t' -> 't';
                default -> 0;
            };
            if (escape != 0) {
                out.write(bytes, from, i - from);
                out.write('\\');
                out.write(escape);
                from = i + 1;
            }
        }
        out.write(bytes, from, bytes.length - from);
        out.write('"');
    }
}
