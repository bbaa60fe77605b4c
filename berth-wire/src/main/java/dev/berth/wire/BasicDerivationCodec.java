package dev.berth.wire;

import dev.berth.nix.ByteText;
import dev.berth.nix.Derivation;
import dev.berth.nix.DerivationOutput;
import dev.berth.nix.FormatException;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** A derivation whose inputs are sources only, as both protocols send it to be built (libstore/derivations.cc). */
public final class BasicDerivationCodec {
    private BasicDerivationCodec() {}

    /**
     * Reads one.
     *
     * @param name the derivation's, which is not on the wire
     * @throws FormatException if it is malformed
     */
    public static Derivation read(WireInput in, StoreDir storeDir, String name) throws IOException {
        NavigableMap<String, DerivationOutput> outputs = new TreeMap<>();
        Map<String, DerivationOutput.Fields> fields =
                in.map(WireInput::text, each -> new DerivationOutput.Fields(each.text(), each.text(), each.text()));
        Set<StorePath> sources = in.storePaths(storeDir);
        String system = in.text();
        String builder = in.text();
        List<String> args = in.list(WireInput::text);
        NavigableMap<String, String> env = new TreeMap<>(ByteText.ORDER);
        env.putAll(in.map(WireInput::text, WireInput::text));
        // Only now, as a malformed derivation must not leave a part of itself unread.
        fields.forEach((output, texts) -> outputs.put(output, DerivationOutput.parse(storeDir, name, output, texts)));
        return new Derivation(
                name, outputs, new TreeSet<>(sources), new TreeMap<>(Map.of()), system, builder, args, env);
    }

    /** Writes one; its inputs from derivations are left out. */
    public static void write(WireOutput out, StoreDir storeDir, Derivation derivation) throws IOException {
        out.u64(derivation.outputs().size());
        for (Map.Entry<String, DerivationOutput> output : derivation.outputs().entrySet()) {
            DerivationOutput.Fields fields = output.getValue().fields(storeDir, derivation.name(), output.getKey());
            out.text(output.getKey());
            out.text(fields.path());
            out.text(fields.method());
            out.text(fields.hash());
        }
        out.storePaths(storeDir, derivation.inputSources());
        out.text(derivation.system());
        out.text(derivation.builder());
        out.texts(derivation.args());
        out.map(derivation.env(), WireOutput::text, WireOutput::text);
    }
}
