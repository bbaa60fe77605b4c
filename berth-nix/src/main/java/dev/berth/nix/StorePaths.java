package dev.berth.nix;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.TreeSet;

/** The computation of store paths from what is in them (libstore/store-dir-config.cc, store-path specification). */
public final class StorePaths {
    private StorePaths() {}

    /**
     * A store path of a type, an inner digest and a name.
     *
     * @param type such as {@code source}, {@code text}, {@code output:out}, with references behind it
     * @param inner the text of the inner hash, {@code sha256:<base-16>}
     */
    public static StorePath make(StoreDir storeDir, String type, String inner, String name) {
        StorePath.checkName(name);
        String whole = type + ":" + inner + ":" + storeDir.path() + ":" + name;
        return StorePath.of(Hash.sha256(whole.getBytes(StandardCharsets.UTF_8)).folded(20), name);
    }

    private static StorePath make(StoreDir storeDir, String type, Hash inner, String name) {
        return make(storeDir, type, inner.format(HashFormat.BASE16, true), name);
    }

    /** The path of a derivation's output: the name of the output is part of the name unless it is {@code out}. */
    public static StorePath ofOutput(StoreDir storeDir, String outputName, Hash derivationHash, String derivationName) {
        return make(storeDir, "output:" + outputName, derivationHash, outputPathName(derivationName, outputName));
    }

    /** {@code hello} for {@code out}, else {@code hello-dev}. */
    public static String outputPathName(String derivationName, String outputName) {
        return outputName.equals("out") ? derivationName : derivationName + "-" + outputName;
    }

    /**
     * The path of something content-addressed.
     *
     * @param references what it refers to; if it holds {@code self}, the content refers to itself
     * @param self the path that means "itself" in the references; another path than any of them if it does not refer
     *     to itself
     * @throws FormatException if the method allows no such references
     */
    public static StorePath ofContentAddress(
            StoreDir storeDir, String name, ContentAddress address, Collection<StorePath> references, StorePath self) {
        TreeSet<StorePath> others = new TreeSet<>(references);
        boolean selfReference = others.remove(self);
        return ofContentAddress(storeDir, name, address, others, selfReference);
    }

    /**
     * The path of something content-addressed.
     *
     * @param others what it refers to beside itself
     * @param selfReference whether it refers to itself
     * @throws FormatException if the method allows no such references
     */
    public static StorePath ofContentAddress(
            StoreDir storeDir,
            String name,
            ContentAddress address,
            Collection<StorePath> others,
            boolean selfReference) {
        ContentAddressMethod method = address.method();
        Hash hash = address.hash();
        if (method == ContentAddressMethod.TEXT) {
            if (selfReference) {
                throw new FormatException("text path '" + name + "' may not refer to itself");
            }
            return make(storeDir, withReferences(storeDir, "text", others, false), hash, name);
        }
        if (method == ContentAddressMethod.GIT
                && hash.algorithm() != HashAlgorithm.SHA1
                && hash.algorithm() != HashAlgorithm.SHA256) {
            throw new FormatException("Git file ingestion must use SHA-1 or SHA-256 hash");
        }
        if (method == ContentAddressMethod.NAR && hash.algorithm() == HashAlgorithm.SHA256) {
            return make(storeDir, withReferences(storeDir, "source", others, selfReference), hash, name);
        }
        if (!others.isEmpty() || selfReference) {
            throw new FormatException(
                    "fixed output '" + name + "' may not refer to store paths unless it is hashed as a NAR by sha256");
        }
        String inner = "fixed:out:" + method.prefix() + hash.format(HashFormat.BASE16, true) + ":";
        return make(storeDir, "output:out", Hash.sha256(inner.getBytes(StandardCharsets.UTF_8)), name);
    }

    private static String withReferences(
            StoreDir storeDir, String type, Collection<StorePath> references, boolean selfReference) {
        StringBuilder text = new StringBuilder(type);
        for (StorePath reference : new TreeSet<>(references)) {
            text.append(':').append(storeDir.print(reference));
        }
        return text.append(selfReference ? ":self" : "").toString();
    }
}
