package dev.berth.store.local;

import dev.berth.nix.ContentAddress;
import dev.berth.nix.ContentAddressMethod;
import dev.berth.nix.FormatException;
import dev.berth.nix.Hash;
import dev.berth.nix.HashAlgorithm;
import dev.berth.nix.PathInfo;
import dev.berth.nix.StorePath;
import dev.berth.nix.StorePaths;
import dev.berth.nix.nar.NarException;
import dev.berth.nix.nar.NarHasher;
import dev.berth.nix.nar.NarSink;
import dev.berth.nix.nar.NarSource;
import dev.berth.nix.nar.TeeSink;
import dev.berth.store.Store;
import dev.berth.store.StoreException;
import dev.berth.store.tree.TreeSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Adds content to a store under the path that its own hash gives. The content is told twice: to know its path, and to
 * write it.
 */
public final class ContentAdder {
    private final Store store;

    /** @param store of any kind */
    public ContentAdder(Store store) {
        this.store = store;
    }

    /**
     * Adds a file or directory, as {@link LocalStore#addFrom(Path, String, ContentAddressMethod, HashAlgorithm, Collection)}
     * does.
     *
     * @throws StoreException of kind {@code REFUSED} for what can't be addressed so
     */
    public StorePath addFrom(
            Path source,
            String name,
            ContentAddressMethod method,
            HashAlgorithm algorithm,
            Collection<StorePath> references) {
        TreeSource tree = new TreeSource(source);
        NarSource content = switch (method) {
            case NAR, GIT -> tree;
            case FLAT, TEXT -> sink -> tree.sendTo(new PlainFile(sink));
        };
        return add("adding '" + source + "'", name, content, method, algorithm, references);
    }

    StorePath addText(String name, byte[] text, Collection<StorePath> references) {
        return add(
                "adding '" + name + "'",
                name,
                file(text.clone()),
                ContentAddressMethod.TEXT,
                HashAlgorithm.SHA256,
                references);
    }

    /** A file of these bytes, which must not change. */
    static NarSource file(byte[] bytes) {
        return sink -> {
            sink.startFile(false, bytes.length);
            sink.contents(bytes, 0, bytes.length);
            sink.endFile();
        };
    }

    StorePath add(
            String what,
            String name,
            NarSource content,
            ContentAddressMethod method,
            HashAlgorithm algorithm,
            Collection<StorePath> references) {
        try {
            NarHasher nar = new NarHasher();
            Optional<Supplier<Hash>> other = tell(content, nar, method, algorithm);
            Hash narHash = nar.hash();
            Hash hash = other.map(Supplier::get).orElse(narHash);
            ContentAddress address = new ContentAddress(method, hash);
            StorePath path = StorePaths.ofContentAddress(store.storeDir(), name, address, references, false);
            store.add(PathInfo.of(path, narHash, nar.size(), references).withCa(Optional.of(address)), content);
            return path;
        } catch (IOException e) {
            throw Failure.of(what, e);
        } catch (FormatException | UnsupportedOperationException e) {
            throw new StoreException(StoreException.Kind.REFUSED, what + ": " + e.getMessage(), e);
        }
    }

    // The hash of the content, unless the NAR's is it.
    private static Optional<Supplier<Hash>> tell(
            NarSource content, NarHasher nar, ContentAddressMethod method, HashAlgorithm algorithm) throws IOException {
        if (method == ContentAddressMethod.NAR && algorithm == HashAlgorithm.SHA256) {
            content.sendTo(nar);
            return Optional.empty();
        }
        ContentHasher hasher = ContentHasher.of(method, algorithm);
        content.sendTo(new TeeSink(nar, hasher.sink()));
        return Optional.of(hasher.hash());
    }

    /** Passes on a tree that is one regular file, as one that is not executable: a flat hash does not see the bit. */
    private record PlainFile(NarSink next) implements NarSink {
        @Override
        public void startFile(boolean executable, long size) throws IOException {
            next.startFile(false, size);
        }

        @Override
        public void contents(byte[] buffer, int offset, int length) throws IOException {
            next.contents(buffer, offset, length);
        }

        @Override
        public void endFile() throws IOException {
            next.endFile();
        }

        @Override
        public void startDirectory() throws NarException {
            throw new NarException("a directory has no flat or text hash");
        }

        @Override
        public void entry(byte[] name) throws NarException {
            throw new NarException("a directory has no flat or text hash");
        }

        @Override
        public void endDirectory() throws NarException {
            throw new NarException("a directory has no flat or text hash");
        }

        @Override
        public void symlink(byte[] target) throws NarException {
            throw new NarException("a symbolic link has no flat or text hash");
        }
    }
}
