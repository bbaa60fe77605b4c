package dev.berth.store.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.nix.Derivation;
import dev.berth.nix.DerivationPaths;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.store.StoreException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who adds a derivation can't claim the output of another. */
final class DerivationCheckTest {
    @TempDir
    private Path directory;

    private static String text(String inputs, String output, String system) {
        return "Derive([(\"out\",\"" + output + "\",\"\",\"\")],[" + inputs + "],[],\"" + system
                + "\",\"/bin/sh\",[],[(\"out\",\"" + output + "\")])";
    }

    private static Derivation parse(String name, String text) {
        return Derivation.parse(StoreDir.DEFAULT, name, text.getBytes(StandardCharsets.UTF_8));
    }

    private static StorePath add(LocalStore store, String name, String text, List<StorePath> references) {
        return store.addText(name + ".drv", text.getBytes(StandardCharsets.UTF_8), references);
    }

    private static String output(LocalStore store, String name, String inputs, String system) {
        DerivationPaths paths = new DerivationPaths(StoreDir.DEFAULT, store::derivation);
        Derivation open = parse(name, text(inputs, "", system));
        return StoreDir.DEFAULT.print(
                paths.outputPaths(open).orElseThrow().firstEntry().getValue());
    }

    @Test
    void takesOutputsThatAreItsOwn() {
        try (LocalStore store = LocalStore.open(LocalStoreConfig.root(directory))) {
            StorePath input = add(store, "one", text("", output(store, "one", "", "x"), "x"), List.of());
            String inputs = "(\"" + StoreDir.DEFAULT.print(input) + "\",[\"out\"])";
            String output = output(store, "two", inputs, "x");
            StorePath drv = add(store, "two", text(inputs, output, "x"), List.of(input));
            assertThat(store.derivation(drv).knownOutputPaths(StoreDir.DEFAULT))
                    .containsEntry("out", StoreDir.DEFAULT.parse(output));
        }
    }

    @Test
    void refusesAnOutputOfAnother() {
        try (LocalStore store = LocalStore.open(LocalStoreConfig.root(directory))) {
            String good = output(store, "one", "", "x");
            assertThatThrownBy(() -> add(store, "one", text("", good, "other"), List.of()))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("output");
            assertThat(store.allValidPaths()).isEmpty();
            assertThat(directory.resolve("nix/store")).isDirectoryNotContaining("glob:**.drv");
        }
    }

    @Test
    void refusesInputsThatAreNotValid() {
        try (LocalStore store = LocalStore.open(LocalStoreConfig.root(directory.resolve("other")));
                LocalStore empty = LocalStore.open(LocalStoreConfig.root(directory.resolve("empty")))) {
            StorePath input = add(store, "one", text("", output(store, "one", "", "x"), "x"), List.of());
            String inputs = "(\"" + StoreDir.DEFAULT.print(input) + "\",[\"out\"])";
            String two = text(inputs, output(store, "two", inputs, "x"), "x");
            assertThatThrownBy(() -> add(empty, "two", two, List.of()))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("not valid");
        }
    }
}
