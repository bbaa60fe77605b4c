package dev.berth.cli;

import dev.berth.nix.ContentAddress;
import dev.berth.nix.ContentAddressMethod;
import dev.berth.nix.PathInfo;
import dev.berth.nix.StorePath;
import dev.berth.nix.StorePaths;
import dev.berth.nix.nar.NarHasher;
import dev.berth.nix.nar.NarSink;
import dev.berth.nix.nar.NarSource;
import dev.berth.store.local.AdditionBatch;
import dev.berth.store.local.LocalStore;
import dev.berth.store.local.LocalStoreConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** A closure like those of packages, to be copied: small files in a few directories, references to those before. */
final class TrainingClosure {
    private static final int PATHS = 400;
    private static final int FILES = 6;
    private static final int REFERENCES = 5;

    private TrainingClosure() {}

    /** Makes it in a new store; the full path of its root. */
    static String make(Path root) {
        List<StorePath> made = new ArrayList<>();
        try (LocalStore store = LocalStore.open(LocalStoreConfig.root(root))) {
            try (AdditionBatch batch = store.batch()) {
                for (int number = 0; number < PATHS; number++) {
                    NarSource tree = tree(number);
                    List<StorePath> references = made.subList(Math.max(0, number - REFERENCES), number);
                    NarHasher hasher = new NarHasher();
                    tree.sendTo(hasher);
                    ContentAddress address = new ContentAddress(ContentAddressMethod.NAR, hasher.hash());
                    StorePath path = StorePaths.ofContentAddress(
                            store.storeDir(), "training-" + number, address, references, false);
                    batch.add(
                            PathInfo.of(path, address.hash(), hasher.size(), references)
                                    .withCa(Optional.of(address)),
                            tree);
                    made.add(path);
                }
            }
            return store.storeDir().print(made.getLast());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static NarSource tree(int number) {
        return sink -> {
            Random random = new Random(number);
            sink.startDirectory();
            for (String directory : new String[] {"bin", "lib", "share"}) {
                sink.entry(bytes(directory));
                sink.startDirectory();
                for (int file = 0; file < FILES; file++) {
                    sink.entry(bytes("file-" + file));
                    file(sink, file == 0, random);
                }
                sink.entry(bytes("link"));
                sink.symlink(bytes("file-0"));
                sink.endDirectory();
            }
            sink.endDirectory();
        };
    }

    private static void file(NarSink sink, boolean executable, Random random) throws IOException {
        byte[] contents = new byte[random.nextInt(16_000)];
        random.nextBytes(contents);
        sink.startFile(executable, contents.length);
        sink.contents(contents, 0, contents.length);
        sink.endFile();
    }

    private static byte[] bytes(String name) {
        return name.getBytes(StandardCharsets.US_ASCII);
    }
}
