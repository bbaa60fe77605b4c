package dev.berth.store;

import dev.berth.nix.PathInfo;
import dev.berth.nix.PublicKey;
import dev.berth.nix.SecretKey;
import dev.berth.nix.StorePath;
import dev.berth.store.daemon.DaemonStore;
import dev.berth.store.local.AdditionBatch;
import dev.berth.store.local.LocalStore;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Copies store paths from one store to another: finds out what is missing, checks that it may be taken, then copies in
 * parallel, each path as soon as its references are valid in the destination.
 */
public final class ClosureCopy {
    private ClosureCopy() {}

    /**
     * How to copy.
     *
     * @param checkSignatures whether a path must be content-addressed or signed by a trusted key
     * @param trustedKeys those keys
     * @param closure whether to copy all that the roots refer to; else exactly the roots
     * @param parallelism how many paths are copied at once, at least 1
     * @param signingKey signs each path that is copied
     */
    public record Options(
            boolean checkSignatures,
            Set<PublicKey> trustedKeys,
            boolean closure,
            int parallelism,
            Optional<SecretKey> signingKey) {

        /** Whole closures of a source that is trusted, without signing. */
        public static final Options TRUSTED = new Options(
                false, Set.of(), true, Math.max(4, Runtime.getRuntime().availableProcessors() * 2), Optional.empty());

        /** Copies the keys. */
        public Options {
            trustedKeys = Set.copyOf(trustedKeys);
            if (parallelism < 1) {
                throw new IllegalArgumentException("parallelism " + parallelism);
            }
        }

        /** Whole closures of a source that is not trusted. */
        public static Options verified(Collection<PublicKey> trustedKeys) {
            return new Options(true, Set.copyOf(trustedKeys), true, TRUSTED.parallelism, Optional.empty());
        }

        /** Exactly the roots or their closure. */
        public Options withClosure(boolean whole) {
            return new Options(checkSignatures, trustedKeys, whole, parallelism, signingKey);
        }

        /** With another number of paths at once. */
        public Options withParallelism(int paths) {
            return new Options(checkSignatures, trustedKeys, closure, paths, signingKey);
        }

        /** Signing what is copied. */
        public Options withSigningKey(SecretKey key) {
            return new Options(checkSignatures, trustedKeys, closure, parallelism, Optional.of(key));
        }
    }

    /**
     * What was done.
     *
     * @param copied how many paths became valid by this copy
     * @param narBytes the sizes of their NARs
     */
    public record Result(long copied, long narBytes) {}

    /**
     * Copies.
     *
     * @param roots what must be valid in {@code to} afterwards
     * @throws StoreException if a path is missing in {@code from} ({@code ABSENT}) or may not be taken
     *     ({@code UNTRUSTED}), in which case nothing was copied; or if one cannot be copied, in which case those copied
     *     before it stay. Also if this thread is interrupted, which stays set.
     */
    public static Result copy(
            Store from, Store to, Collection<StorePath> roots, Options options, CopyProgress progress) {
        if (to instanceof LocalStore local) {
            requireSameStoreDir(from, to);
            // Also when it fails: what was copied stays.
            try (AdditionBatch batch = local.batch()) {
                return copying(from, to, batch::add, options, progress).run(List.copyOf(roots));
            }
        }
        if (to instanceof PartialStore partial) {
            partial.prepare();
        }
        return copy(from, to, to::add, roots, options, progress);
    }

    /** @param destination what adds to {@code to} */
    static Result copy(
            Store from,
            Store to,
            Transfer.Destination destination,
            Collection<StorePath> roots,
            Options options,
            CopyProgress progress) {
        requireSameStoreDir(from, to);
        return copying(from, to, destination, options, progress).run(List.copyOf(roots));
    }

    private static void requireSameStoreDir(Store from, Store to) {
        if (!from.storeDir().equals(to.storeDir())) {
            throw new StoreException(
                    StoreException.Kind.REFUSED,
                    "cannot copy from " + from.uri() + " of store dir " + from.storeDir() + " to " + to.uri()
                            + " of store dir " + to.storeDir());
        }
    }

    private static Copying<PathInfo> copying(
            Store from, Store to, Transfer.Destination destination, Options options, CopyProgress progress) {
        Origin<PathInfo> origin = new SingleOrigin(from, destination, options);
        return new Copying<>(origin, to, options.closure(), options.parallelism(), progress);
    }

    /** One store as the place where everything comes from. */
    private record SingleOrigin(Store from, Transfer.Destination destination, Options options)
            implements Origin<PathInfo> {
        @Override
        public PathInfo find(StorePath path) {
            return checked(path, from.pathInfo(path));
        }

        @Override
        public boolean findsTogether() {
            return from instanceof DaemonStore;
        }

        @Override
        public List<PathInfo> findAll(Collection<StorePath> paths) {
            if (!(from instanceof DaemonStore daemon)) {
                return Origin.super.findAll(paths);
            }
            Map<StorePath, PathInfo> infos = daemon.pathInfos(paths);
            return paths.stream()
                    .map(path -> checked(path, Optional.ofNullable(infos.get(path))))
                    .toList();
        }

        private PathInfo checked(StorePath path, Optional<PathInfo> found) {
            PathInfo info = found.orElseThrow(() -> new StoreException(
                    StoreException.Kind.ABSENT, "path " + from.storeDir().print(path) + " is not in " + from.uri()));
            if (options.checkSignatures() && !info.isTrustedBy(from.storeDir(), options.trustedKeys())) {
                throw new StoreException(
                        StoreException.Kind.UNTRUSTED,
                        "path " + from.storeDir().print(path) + " in " + from.uri() + " is " + Trust.describe(info)
                                + "; add the key to the trusted public keys or sign the path");
            }
            return info;
        }

        @Override
        public PathInfo info(PathInfo offer) {
            return offer;
        }

        @Override
        public void transfer(PathInfo found, Store to, CopyProgress progress) {
            transfer(found, destination, progress);
        }

        @Override
        public void transfer(PathInfo found, Transfer.Destination to, CopyProgress progress) {
            PathInfo info = options.signingKey()
                    .map(key -> found.signed(from.storeDir(), key))
                    .orElse(found);
            Transfer.run(from, info, to, progress);
        }
    }
}
