package dev.berth.store.cache;

import dev.berth.nix.FormatException;
import dev.berth.nix.SecretKey;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StoreReference;
import dev.berth.store.StoreException;
import dev.berth.store.StoreException.Kind;
import dev.berth.store.StoreParameters;
import dev.berth.store.StoreSettings;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;

/** Opens binary caches by their URIs; the parameters are those of Nix (libstore/binary-cache-store.hh). */
final class CacheUri {
    private static final Set<String> KNOWN = Set.of(
            "compression",
            "compression-level",
            "disk-cache",
            "disk-cache-size",
            "fsync",
            "index-debug-info",
            "log-compression",
            "ls-compression",
            "narinfo-compression",
            "parallel-compression",
            "path-info-cache-size",
            "priority",
            "secret-key",
            "store",
            "trusted",
            "want-mass-query",
            "write-nar-listing");

    private static final long USUAL_DISK_CACHE = 10L << 30;
    private static final Duration S3_ABSENT = Duration.ofSeconds(1);
    private static final Duration S3_PRESENT = Duration.ofMinutes(1);

    private CacheUri() {}

    static BinaryCache open(StoreReference reference, StoreSettings defaults) {
        boolean s3 = reference.scheme().equals("s3");
        StoreParameters parameters = new StoreParameters(reference, s3 ? union(KNOWN, S3Uri.KNOWN) : KNOWN);
        StoreSettings settings = parameters
                .text("store")
                .map(dir -> defaults.withStoreDir(new StoreDir(dir)))
                .orElse(defaults);
        CacheOptions options = options(reference, parameters);
        String uri = shown(reference);
        if (reference.scheme().equals("file")) {
            return new BinaryCache(
                    uri, new FileTransport(directory(reference), options.sync()), Reach.DIRECTORY, options, settings);
        }
        if (s3) {
            // Its other users add and delete paths at any time, and asking it is cheap.
            StoreSettings brief = settings.withLifetimes(
                    shorter(settings.absentLifetime(), S3_ABSENT), shorter(settings.presentLifetime(), S3_PRESENT));
            Transport transport = new S3Uri(reference, parameters, settings).open(kinds(parameters));
            return new BinaryCache(uri, kept(transport, parameters), Reach.BUCKET, options, brief);
        }
        URI base = base(reference, uri);
        Transport transport =
                new HttpTransport(base, authorization(reference, base, settings)::header, kinds(parameters), settings);
        return new BinaryCache(uri, kept(transport, parameters), Reach.SERVER, options, settings);
    }

    /** With a disk cache, if one is asked for; it is no parameter of Nix's. */
    private static Transport kept(Transport remote, StoreParameters parameters) {
        Optional<String> directory = parameters.text("disk-cache");
        try {
            long size = parameters.bytes("disk-cache-size").orElse(USUAL_DISK_CACHE);
            return directory.isPresent()
                    ? new CachingTransport(remote, new DiskCache(Path.of(directory.get()), size))
                    : remote;
        } catch (IOException | InvalidPathException e) {
            remote.close();
            throw parameters.refused("disk-cache", "cannot be used: " + e.getMessage());
        } catch (StoreException e) {
            remote.close();
            throw e;
        }
    }

    /** The URI for messages: without parameters and password. */
    private static String shown(StoreReference reference) {
        String uri = reference.withoutParams().render();
        String user = userInfo(reference);
        return user.isEmpty() ? uri : uri.replaceFirst(Pattern.quote(user + "@"), "");
    }

    private static String userInfo(StoreReference reference) {
        String authority = reference.authority();
        int at = authority.lastIndexOf('@');
        return at < 0 ? "" : authority.substring(0, at);
    }

    private static Authorization authorization(StoreReference reference, URI base, StoreSettings settings) {
        String info = userInfo(reference);
        int colon = info.indexOf(':');
        Optional<String> user = Optional.of(colon < 0 ? info : info.substring(0, colon))
                .filter(name -> !name.isEmpty())
                .map(CacheUri::decoded);
        Optional<String> password = colon < 0
                ? Optional.empty()
                : Optional.of(info.substring(colon + 1)).map(CacheUri::decoded);
        return new Authorization(base, user, password, settings.netrc());
    }

    /** Not as a form: a plus is a plus. */
    private static String decoded(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    private static Set<String> union(Set<String> some, Set<String> others) {
        Set<String> all = new HashSet<>(some);
        all.addAll(others);
        return all;
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private static FileKinds kinds(StoreParameters parameters) {
        return new FileKinds(
                compression(parameters, "narinfo-compression", "none"),
                compression(parameters, "ls-compression", "none"),
                compression(parameters, "log-compression", "none"));
    }

    private static Compression compression(StoreParameters parameters, String parameter, String usual) {
        return Compression.of(parameters.text(parameter).orElse(usual))
                .orElseThrow(() -> parameters.refused(parameter, "is not known; write one of " + Encoder.NAMES));
    }

    private static CacheOptions options(StoreReference reference, StoreParameters parameters) {
        Compression compression = compression(parameters, "compression", "xz");
        OptionalInt level = parameters.number("compression-level");
        // Nix writes the level -1 for "the usual one".
        OptionalInt chosen = level.isPresent() && level.getAsInt() < 0 ? OptionalInt.empty() : level;
        boolean parallel = parameters.flag("parallel-compression").orElse(false);
        return new CacheOptions(
                new Encoder(compression, chosen, parallel),
                parameters.text("secret-key").map(file -> secretKey(reference, file)),
                parameters.flag("write-nar-listing").orElse(false),
                parameters.flag("index-debug-info").orElse(false),
                parameters.flag("want-mass-query"),
                parameters.number("priority"),
                // As Nix, which never syncs a cache: kill -9 harms nothing, a power cut may leave a NAR incomplete.
                parameters.flag("fsync").orElse(false));
    }

    private static SecretKey secretKey(StoreReference reference, String file) {
        try {
            return SecretKey.parse(Files.readString(Path.of(file)));
        } catch (IOException | InvalidPathException e) {
            throw new StoreException(
                    Kind.REFUSED, "cannot read the secret key " + file + " of store " + shown(reference), e);
        } catch (FormatException e) {
            throw new StoreException(Kind.REFUSED, "file " + file + " holds no secret key: " + e.getMessage(), e);
        }
    }

    private static Path directory(StoreReference reference) {
        String path = reference.path();
        if (!reference.authority().isEmpty() || path.isEmpty()) {
            throw refused(reference, "the directory of a file:// cache is absolute: file:///some/dir");
        }
        try {
            return Path.of(path).normalize();
        } catch (InvalidPathException e) {
            throw refused(reference, e.getReason());
        }
    }

    private static URI base(StoreReference reference, String uri) {
        try {
            URI base = new URI(uri.endsWith("/") ? uri : uri + "/");
            if (base.getHost() == null) {
                throw refused(reference, "it names no host");
            }
            return base;
        } catch (URISyntaxException e) {
            throw refused(reference, e.getReason());
        }
    }

    private static StoreException refused(StoreReference reference, String why) {
        return new StoreException(Kind.REFUSED, "cannot open store " + shown(reference) + ": " + why);
    }
}
