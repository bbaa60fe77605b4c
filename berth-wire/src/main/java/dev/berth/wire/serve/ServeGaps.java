package dev.berth.wire.serve;

import dev.berth.nix.ContentAddress;
import dev.berth.nix.ContentAddressMethod;
import dev.berth.nix.DerivedPath;
import dev.berth.nix.DrvOutput;
import dev.berth.nix.HashAlgorithm;
import dev.berth.nix.PathInfo;
import dev.berth.nix.Realisation;
import dev.berth.nix.Signature;
import dev.berth.nix.StorePath;
import dev.berth.wire.GcRequest;
import dev.berth.wire.Missing;
import dev.berth.wire.RemoteException;
import dev.berth.wire.StoreOperations;
import dev.berth.wire.SubstitutablePathInfo;
import java.io.InputStream;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The operations for which the serve protocol has no command: each is refused, and the connection stays good. */
abstract class ServeGaps implements StoreOperations {
    static RemoteException refusal(String message) {
        return new RemoteException(message, 0, List.of(), false);
    }

    private static RemoteException cannot(String what) {
        return refusal("the serve protocol cannot " + what + "; use ssh-ng://");
    }

    @Override
    public Set<StorePath> queryAllValidPaths() {
        throw cannot("list all paths");
    }

    @Override
    public Optional<StorePath> queryPathFromHashPart(String hashPart) {
        throw cannot("find a path by its hash part");
    }

    @Override
    public Set<StorePath> queryReferrers(StorePath path) {
        throw cannot("list referrers");
    }

    @Override
    public Set<StorePath> queryValidDerivers(StorePath path) {
        throw cannot("list derivers");
    }

    @Override
    public Map<String, Optional<StorePath>> queryDerivationOutputMap(StorePath drvPath) {
        throw cannot("list the outputs of a derivation");
    }

    @Override
    public Set<StorePath> querySubstitutablePaths(Collection<StorePath> paths) {
        throw cannot("ask for what substituters have");
    }

    @Override
    public Map<StorePath, SubstitutablePathInfo> querySubstitutablePathInfos(
            Map<StorePath, Optional<ContentAddress>> paths) {
        throw cannot("ask for what substituters have");
    }

    @Override
    public Missing queryMissing(List<DerivedPath> targets) {
        throw cannot("say what a build would take");
    }

    @Override
    public PathInfo addToStore(
            String name,
            ContentAddressMethod method,
            HashAlgorithm algorithm,
            Collection<StorePath> references,
            boolean repair,
            InputStream dump) {
        throw cannot("add a path by its content");
    }

    @Override
    public void addSignatures(StorePath path, Collection<Signature> signatures) {
        throw cannot("add signatures");
    }

    @Override
    public void addIndirectRoot(String link) {
        throw cannot("add roots");
    }

    @Override
    public String addPermRoot(StorePath path, String link) {
        throw cannot("add roots");
    }

    @Override
    public Map<StorePath, Set<String>> findRoots() {
        throw cannot("list roots");
    }

    @Override
    public GcRequest.Outcome collectGarbage(GcRequest request) {
        throw cannot("collect garbage");
    }

    @Override
    public void optimiseStore() {
        throw cannot("optimise a store");
    }

    @Override
    public boolean verifyStore(boolean checkContents, boolean repair) {
        throw cannot("verify a store");
    }

    @Override
    public void addBuildLog(StorePath drvPath, InputStream log) {
        throw cannot("add a build log");
    }

    @Override
    public void registerDrvOutput(Realisation realisation) {
        throw cannot("register what a derivation came out as");
    }

    @Override
    public Optional<Realisation> queryRealisation(DrvOutput output) {
        throw cannot("ask what a derivation came out as");
    }
}
