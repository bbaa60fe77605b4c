package dev.berth.store.local;

import dev.berth.nix.ContentAddress;
import dev.berth.nix.ContentAddressMethod;
import dev.berth.nix.FormatException;
import dev.berth.nix.Hash;
import dev.berth.nix.HashAlgorithm;
import dev.berth.nix.PathInfo;
import dev.berth.nix.StorePath;
import dev.berth.nix.StorePaths;
import dev.berth.nix.nar.NarHasher;
import dev.berth.nix.nar.NarReader;
import dev.berth.nix.nar.NarSource;
import dev.berth.nix.nar.TeeSink;
import dev.berth.store.StoreException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.security.MessageDigest;
import java.util.Collection;
import java.util.Optional;

/**
 * Adds the content of a dump, told once, under the path that its own hash gives. A short one is held in memory until its
 * path is known, a long one written to a draft in the store.
 */
final class DumpAdder {
    // Nix holds up to 32 MiB; many clients of one daemon are one process here.
    private static final int HELD = 128 << 10;

    private final Opened opened;
    private final LocalStore store;
    private final TempRoots roots;

    DumpAdder(Opened opened, LocalStore store, TempRoots roots) {
        this.opened = opened;
        this.store = store;
        this.roots = roots;
    }

    StorePath add(
            InputStream dump,
            String name,
            ContentAddressMethod method,
            HashAlgorithm algorithm,
            Collection<StorePath> references,
            boolean repair) {
        String what = "adding '" + name + "' to store '" + store.uri() + "'";
        try {
            require(name, method, algorithm);
            byte[] head = dump.readNBytes(HELD + 1);
            if (head.length <= HELD && !repair) {
                return new ContentAdder(store).add(what, name, content(head, method), method, algorithm, references);
            }
            try (Draft draft = Draft.begin(opened.files(), opened.config().lockTimeout(), roots)) {
                InputStream all = new SequenceInputStream(new ByteArrayInputStream(head), dump);
                PathInfo info = isTree(method)
                        ? tree(draft, all, name, new Digest(method, algorithm), references)
                        : file(draft, all, name, new Digest(method, algorithm), references);
                opened.additions().adopt(info, draft, repair, roots);
                return info.path();
            }
        } catch (IOException e) {
            throw Failure.of(what, e);
        } catch (FormatException | UnsupportedOperationException e) {
            throw new StoreException(StoreException.Kind.REFUSED, what + ": " + e.getMessage(), e);
        }
    }

    // Before anything is read: what is refused here would be refused when all is written.
    private static void require(String name, ContentAddressMethod method, HashAlgorithm algorithm) {
        StorePath.checkName(name);
        if (method == ContentAddressMethod.TEXT && algorithm != HashAlgorithm.SHA256) {
            throw new FormatException("text is hashed by sha256, not by " + algorithm.text());
        }
        algorithm.newDigest();
        if (isTree(method)) {
            ContentHasher.of(method, algorithm);
        }
    }

    // Git hashes the tree, but it travels as a NAR.
    private static boolean isTree(ContentAddressMethod method) {
        return method == ContentAddressMethod.NAR || method == ContentAddressMethod.GIT;
    }

    private static NarSource content(byte[] bytes, ContentAddressMethod method) {
        return isTree(method)
                ? sink -> NarReader.whole(new ByteArrayInputStream(bytes)).sendTo(sink)
                : ContentAdder.file(bytes);
    }

    private PathInfo tree(Draft draft, InputStream nar, String name, Digest how, Collection<StorePath> references)
            throws IOException {
        NarHasher hasher = new NarHasher();
        if (how.method() == ContentAddressMethod.NAR && how.algorithm() == HashAlgorithm.SHA256) {
            opened.files().write(draft.baseName(), NarReader.whole(nar), hasher);
            Hash hash = hasher.hash();
            return info(name, new ContentAddress(how.method(), hash), hash, hasher.size(), references);
        }
        ContentHasher other = ContentHasher.of(how.method(), how.algorithm());
        opened.files().write(draft.baseName(), NarReader.whole(nar), new TeeSink(hasher, other.sink()));
        ContentAddress address = new ContentAddress(how.method(), other.hash().get());
        return info(name, address, hasher.hash(), hasher.size(), references);
    }

    private record Digest(ContentAddressMethod method, HashAlgorithm algorithm) {}

    // The NAR of a file begins with its size, so it can be hashed only when all of it has come.
    private PathInfo file(Draft draft, InputStream bytes, String name, Digest how, Collection<StorePath> references)
            throws IOException {
        MessageDigest digest = how.algorithm().newDigest();
        opened.files().writeFile(draft.baseName(), bytes, digest);
        ContentAddress address = new ContentAddress(how.method(), Hash.of(how.algorithm(), digest));
        NarHasher hasher = new NarHasher();
        opened.files().dump(draft.baseName(), hasher);
        return info(name, address, hasher.hash(), hasher.size(), references);
    }

    private PathInfo info(
            String name, ContentAddress address, Hash narHash, long narSize, Collection<StorePath> references) {
        StorePath path = StorePaths.ofContentAddress(store.storeDir(), name, address, references, false);
        return PathInfo.of(path, narHash, narSize, references).withCa(Optional.of(address));
    }
}
