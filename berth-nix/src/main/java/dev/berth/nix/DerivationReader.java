package dev.berth.nix;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;

/**
 * Reads one derivation (libstore/derivation/aterm.cc). Stricter than Nix where a text would not come back as it was: no name
 * twice, no bytes behind the end, commas between items.
 */
final class DerivationReader {
    /** How deep derivations made by derivations may nest. */
    private static final int MAX_DEPTH = SingleDerivedPath.MAX_DEPTH;

    private final StoreDir storeDir;
    private final String name;
    private final AtermReader in;
    private boolean dynamic;

    DerivationReader(StoreDir storeDir, String name, byte[] content) {
        if (content.length > Derivation.MAX_SIZE) {
            throw new FormatException(
                    "derivation " + FormatException.quote(name) + " is larger than " + Derivation.MAX_SIZE + " bytes");
        }
        this.storeDir = storeDir;
        this.name = name;
        this.in = new AtermReader("derivation " + FormatException.quote(name), content);
    }

    Derivation read() {
        version();
        TreeMap<String, DerivationOutput> outputs = new TreeMap<>();
        in.list(() -> output(outputs));
        in.expect(",");
        TreeMap<StorePath, InputOutputs> derivations = new TreeMap<>();
        in.list(() -> inputDerivation(derivations));
        in.expect(",");
        TreeSet<StorePath> sources = new TreeSet<>();
        in.list(() -> {
            if (!sources.add(storePath())) {
                throw in.error("input source twice");
            }
        });
        in.expect(",");
        String system = in.string();
        in.expect(",");
        String builder = in.string();
        in.expect(",");
        List<String> args = new ArrayList<>();
        in.list(() -> args.add(in.string()));
        in.expect(",");
        Map<String, String> env = new TreeMap<>(ByteText.ORDER);
        in.list(() -> {
            in.expect("(");
            String key = in.string();
            in.expect(",");
            once(env, key, in.string());
            in.expect(")");
        });
        in.expect(")");
        in.expectEnd();
        return checked(() ->
                new Derivation(name, outputs, sources, derivations, system, builder, args, Derivation.sorted(env)));
    }

    private void version() {
        in.expect("D");
        if (in.peek() != 'r') {
            in.expect("erive(");
            return;
        }
        in.expect("rvWithVersion(");
        String version = in.string();
        if (!version.equals(DerivationWriter.DYNAMIC)) {
            throw in.error("unknown version " + FormatException.quote(version));
        }
        in.expect(",");
        dynamic = true;
    }

    private void output(Map<String, DerivationOutput> outputs) {
        in.expect("(");
        String outputName = in.string();
        in.expect(",");
        String path = in.string();
        in.expect(",");
        String method = in.string();
        in.expect(",");
        var fields = new DerivationOutput.Fields(path, method, in.string());
        in.expect(")");
        once(outputs, outputName, checked(() -> DerivationOutput.parse(storeDir, name, outputName, fields)));
    }

    private void inputDerivation(Map<StorePath, InputOutputs> derivations) {
        in.expect("(");
        StorePath path = storePath();
        in.expect(",");
        once(derivations, path, inputOutputs(1));
        in.expect(")");
    }

    private InputOutputs inputOutputs(int depth) {
        if (depth > MAX_DEPTH) {
            throw in.error("dynamic derivations nest deeper than " + MAX_DEPTH);
        }
        TreeSet<String> outputs = new TreeSet<>();
        TreeMap<String, InputOutputs> children = new TreeMap<>();
        boolean nested = dynamic && in.peek() == '(';
        if (nested) {
            in.expect("(");
        }
        in.list(() -> {
            if (!outputs.add(in.string())) {
                throw in.error("output twice");
            }
        });
        if (nested) {
            in.expect(",");
            in.list(() -> {
                in.expect("(");
                String outputName = in.string();
                in.expect(",");
                once(children, outputName, inputOutputs(depth + 1));
                in.expect(")");
            });
            in.expect(")");
        }
        return checked(() -> new InputOutputs(outputs, children));
    }

    private <K, V> void once(Map<K, V> map, K key, V value) {
        if (map.putIfAbsent(key, value) != null) {
            throw in.error(FormatException.quote(String.valueOf(key)) + " twice");
        }
    }

    private StorePath storePath() {
        String text = in.string();
        return checked(() -> storeDir.parse(text));
    }

    /** Adds the position to what is wrong with something just read. The step itself reads nothing. */
    private <T> T checked(Supplier<T> step) {
        try {
            return step.get();
        } catch (FormatException e) {
            throw in.error(e);
        }
    }
}
