package dev.berth.store;

import dev.berth.nix.FormatException;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StoreReference;
import dev.berth.store.StoreException.Kind;
import dev.berth.store.cache.BinaryCache;
import dev.berth.store.cache.ServiceUri;
import dev.berth.store.daemon.DaemonStore;
import dev.berth.store.local.LocalStore;
import dev.berth.store.local.LocalStoreConfig;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/** Opens stores by their URIs, as Nix writes them. */
public final class Stores {
    private static final String KNOWN = "local, local?root=DIR, DIR, auto, daemon, unix://PATH, ssh-ng://HOST,"
            + " ssh://HOST, file://DIR, http://…, https://…, s3://BUCKET, attic://SERVER/CACHE,"
            + " cachix://CACHE";

    private static final Set<String> LOCAL_PARAMETERS = Set.of(
            "log",
            "path-info-cache-size",
            "priority",
            "read-only",
            "real",
            "root",
            "state",
            "store",
            "trusted",
            "want-mass-query");

    private Stores() {}

    /**
     * Opens a store: {@code local}, {@code auto}, {@code /some/dir} and {@code local?root=/some/dir} (a directory of this
     * machine), {@code daemon}, {@code unix:///some/socket}, {@code ssh-ng://user@host:port} and {@code ssh://…} (a Nix
     * daemon), {@code file:///some/dir}, {@code http://host/path}, {@code https://host/path} and {@code s3://bucket} (binary caches), {@code attic://server/cache} and {@code cachix://cache} (services), each with
     * parameters behind {@code ?}. Nothing is asked over the network yet.
     *
     * @throws StoreException of kind {@code REFUSED} for a URI or parameter that this version cannot open, in a line that
     *     names those it can
     */
    public static Store open(String uri, StoreSettings settings) {
        return open(parse(uri), settings);
    }

    /**
     * Opens a store to fetch from: of its URI's parameters {@code priority} and {@code trusted} are about that.
     *
     * @throws StoreException as {@link #open(String, StoreSettings)}
     */
    public static Substituters.Substituter openSubstituter(String uri, StoreSettings settings) {
        StoreReference reference = parse(uri);
        StoreParameters parameters =
                new StoreParameters(reference, reference.params().keySet());
        return new Substituters.Substituter(
                open(reference, settings),
                parameters.number("priority"),
                parameters.flag("trusted").orElse(false));
    }

    private static StoreReference parse(String uri) {
        try {
            return StoreReference.parse(uri);
        } catch (FormatException e) {
            throw new StoreException(Kind.REFUSED, e.getMessage() + "; this version of Berth opens " + KNOWN, e);
        }
    }

    private static Store open(StoreReference reference, StoreSettings settings) {
        try {
            return switch (reference.form()) {
                case AUTO -> automatic(reference, settings);
                case LOCAL -> local(reference, settings);
                case DAEMON -> DaemonStore.open(reference, settings);
                case URI ->
                    switch (reference.scheme()) {
                        case "local" -> local(reference, settings);
                        case "unix", "ssh", "ssh-ng" -> DaemonStore.open(reference, settings);
                        case "file", "http", "https", "s3" -> BinaryCache.open(reference, settings);
                        case "attic", "cachix" -> ServiceUri.open(reference, settings, System.getenv());
                        default -> throw notYet(reference);
                    };
            };
        } catch (FormatException | InvalidPathException e) {
            throw new StoreException(Kind.REFUSED, "cannot open store " + reference.shown() + ": " + e.getMessage(), e);
        }
    }

    private static StoreException notYet(StoreReference reference) {
        return new StoreException(
                Kind.REFUSED, "this version of Berth cannot open store " + reference.shown() + "; it opens " + KNOWN);
    }

    /**
     * Where a store of this machine lies, if that is what a URI names: {@code local}, {@code auto}, {@code /some/dir} and
     * {@code local?…}. Nothing is opened.
     *
     * @throws StoreException of kind {@code REFUSED} for what is no URI, or has an unknown parameter
     */
    public static Optional<LocalStoreConfig> localConfig(String uri, StoreSettings settings) {
        StoreReference reference = parse(uri);
        boolean local = switch (reference.form()) {
            case AUTO, LOCAL -> true;
            case DAEMON -> false;
            case URI -> reference.scheme().equals("local");
        };
        try {
            return local ? Optional.of(localConfig(reference, settings)) : Optional.empty();
        } catch (FormatException | InvalidPathException e) {
            throw new StoreException(Kind.REFUSED, "cannot open store " + reference.shown() + ": " + e.getMessage(), e);
        }
    }

    /** As Nix: the local store if this user may write its state, else the daemon if there is one. */
    private static Store automatic(StoreReference reference, StoreSettings settings) {
        Path state = localConfig(reference, settings).stateDir();
        boolean writable = Files.isReadable(state) && Files.isWritable(state);
        return !writable && DaemonStore.isThere(reference)
                ? DaemonStore.open(reference, settings)
                : local(reference, settings);
    }

    private static LocalStore local(StoreReference reference, StoreSettings settings) {
        return LocalStore.open(localConfig(reference, settings));
    }

    private static LocalStoreConfig localConfig(StoreReference reference, StoreSettings settings) {
        StoreParameters parameters = new StoreParameters(reference, LOCAL_PARAMETERS);
        StoreDir storeDir = parameters.text("store").map(StoreDir::new).orElse(settings.storeDir());
        String root = parameters.text("root").orElse(reference.path());
        LocalStoreConfig config =
                root.isEmpty() ? LocalStoreConfig.system() : LocalStoreConfig.root(Path.of(root), storeDir);
        LocalStoreConfig placed = config.at(
                storeDir,
                parameters
                        .text("real")
                        .map(Path::of)
                        .orElse(root.isEmpty() ? Path.of(storeDir.path()) : config.realStoreDir()),
                parameters.text("state").map(Path::of).orElse(config.stateDir()));
        LocalStoreConfig logging =
                parameters.text("log").map(Path::of).map(placed::loggingTo).orElse(placed);
        return parameters.flag("read-only").orElse(false) ? logging.forReading() : logging;
    }
}
