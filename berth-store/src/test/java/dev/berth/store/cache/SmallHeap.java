package dev.berth.store.cache;

import dev.berth.nix.PathInfo;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarHasher;
import dev.berth.nix.nar.NarSource;
import dev.berth.store.ClosureCopy;
import dev.berth.store.CopyProgress;
import dev.berth.store.Store;
import dev.berth.store.StoreSettings;
import dev.berth.store.Stores;
import java.io.IOException;
import java.util.List;

/** Run by a test in a Java of its own with a small heap: {@code SmallHeap DIRECTORY GIBIBYTES}. */
final class SmallHeap {
    private SmallHeap() {}

    public static void main(String[] arguments) throws IOException {
        String directory = arguments[0];
        long size = Long.parseLong(arguments[1]) << 30;
        NarSource tree = sink -> {
            byte[] piece = new byte[64 << 10];
            sink.startFile(false, size);
            for (long done = 0; done < size; done += piece.length) {
                sink.contents(piece, 0, piece.length);
            }
            sink.endFile();
        };
        NarHasher hasher = new NarHasher();
        tree.sendTo(hasher);
        StorePath path = Samples.path("huge", 1);
        PathInfo info = PathInfo.of(path, hasher.hash(), hasher.size(), List.of());
        try (Store first = Stores.open("file://" + directory + "/zstd?compression=zstd", StoreSettings.DEFAULT);
                Store second = Stores.open("file://" + directory + "/again?compression=zstd", StoreSettings.DEFAULT)) {
            first.add(info, tree);
            ClosureCopy.copy(first, second, List.of(path), ClosureCopy.Options.TRUSTED, CopyProgress.NONE);
            if (!Samples.told(second, path).equals(info.narHash())) {
                throw new AssertionError("another hash");
            }
        }
        System.out.println("moved " + info.narSize() + " bytes through "
                + Runtime.getRuntime().maxMemory());
    }
}
