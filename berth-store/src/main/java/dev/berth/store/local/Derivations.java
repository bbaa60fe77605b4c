package dev.berth.store.local;

import dev.berth.linux.Directory;
import dev.berth.linux.Names;
import dev.berth.linux.OpenFile;
import dev.berth.nix.Derivation;
import dev.berth.nix.FormatException;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.store.StoreException;
import java.io.IOException;

/** Reads the files of derivations in the store. */
final class Derivations {
    private final StoreDir storeDir;
    private final Directory store;

    Derivations(StoreDir storeDir, Directory store) {
        this.storeDir = storeDir;
        this.store = store;
    }

    /**
     * A derivation whose file is in the store, valid or not.
     *
     * @throws StoreException of kind {@code CORRUPT} if it does not parse
     */
    Derivation read(StorePath path) {
        String what = "reading derivation '" + storeDir.print(path) + "'";
        try (OpenFile file = store.openFile(Names.bytes(path.baseName()))) {
            long size = file.stat().size();
            if (size > Derivation.MAX_SIZE) {
                throw new FormatException("it has " + size + " bytes, more than " + Derivation.MAX_SIZE);
            }
            byte[] content = new byte[(int) size];
            int length = 0;
            while (length < content.length) {
                int n = file.read(content, length, content.length - length);
                if (n < 0) {
                    throw new FormatException("it ends early");
                }
                length += n;
            }
            return Derivation.parse(storeDir, Derivation.nameOf(path), content);
        } catch (IOException e) {
            throw Failure.of(what, e);
        } catch (FormatException e) {
            throw Failure.of(what, e);
        }
    }
}
