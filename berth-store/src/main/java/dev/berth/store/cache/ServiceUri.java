package dev.berth.store.cache;

import dev.berth.nix.FormatException;
import dev.berth.nix.SecretKey;
import dev.berth.nix.StoreReference;
import dev.berth.store.Store;
import dev.berth.store.StoreException;
import dev.berth.store.StoreException.Kind;
import dev.berth.store.StoreParameters;
import dev.berth.store.StoreSettings;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Opens the caches of services that have an API of their own: {@code attic://SERVER/CACHE}, where the server is a name of
 * attic's configuration or a host, and {@code cachix://CACHE}. Nothing is asked over the network yet.
 */
public final class ServiceUri {
    private static final Set<String> ATTIC = Set.of("scheme", "token-file", "priority", "trusted", "want-mass-query");

    private static final Set<String> CACHIX = Set.of(
            "compression", "compression-level", "endpoint", "token-file", "priority", "trusted", "want-mass-query");

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_+.-]{0,200}");

    private final StoreReference reference;
    private final StoreSettings settings;
    private final Map<String, String> environment;

    private ServiceUri(StoreReference reference, StoreSettings settings, Map<String, String> environment) {
        this.reference = reference;
        this.settings = settings;
        this.environment = environment;
    }

    /**
     * Opens the cache of a service.
     *
     * @param environment the process's variables: {@code ATTIC_TOKEN}, {@code CACHIX_AUTH_TOKEN}, {@code CACHIX_SIGNING_KEY},
     *     {@code XDG_CONFIG_HOME}, {@code HOME}
     * @throws StoreException of kind {@code REFUSED} for a location, parameter or token that cannot be used
     */
    public static Store open(StoreReference reference, StoreSettings settings, Map<String, String> environment) {
        ServiceUri uri = new ServiceUri(reference, settings, environment);
        return reference.scheme().equals("attic") ? uri.attic() : uri.cachix();
    }

    private Optional<String> variable(String name) {
        return Optional.ofNullable(environment.get(name)).map(String::strip).filter(value -> !value.isEmpty());
    }

    private StoreException refused(String why) {
        return new StoreException(
                Kind.REFUSED, "cannot open store " + reference.withoutParams().render() + ": " + why);
    }

    private String token(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw refused("the token file " + file + " cannot be read");
        }
    }

    private Store attic() {
        StoreParameters parameters = new StoreParameters(reference, ATTIC);
        String cache = reference.path().replaceAll("^/+|/+$", "");
        if (reference.authority().isEmpty() || !NAME.matcher(cache).matches()) {
            throw refused("write attic://SERVER/CACHE");
        }
        Optional<AtticConfig.Server> known = atticServer(reference.authority());
        URI endpoint = server(known.map(AtticConfig.Server::endpoint)
                .orElseGet(() -> parameters.text("scheme").orElse("https") + "://" + reference.authority()));
        Optional<String> token = parameters
                .text("token-file")
                .map(file -> token(Path.of(file)))
                .or(() -> known.flatMap(AtticConfig.Server::token))
                .or(() -> known.flatMap(AtticConfig.Server::tokenFile).map(this::token))
                .or(() -> variable("ATTIC_TOKEN"));
        HttpExchange exchange = exchange(endpoint, token);
        ApiClient client = new ApiClient(
                exchange, "'attic login' notes a token, or set ATTIC_TOKEN or the parameter 'token-file'");
        return new ApiCache(
                reference.withoutParams().render(),
                new AtticApi(client, endpoint, cache, settings.storeDir()),
                // The server compresses what it keeps.
                new Encoder(Compression.NONE, OptionalInt.empty(), false),
                url -> reader(url, token),
                settings);
    }

    private Optional<AtticConfig.Server> atticServer(String name) {
        Optional<Path> home = variable("XDG_CONFIG_HOME")
                .map(Path::of)
                .or(() -> variable("HOME").map(directory -> Path.of(directory, ".config")));
        if (home.isEmpty()) {
            return Optional.empty();
        }
        Path file = home.get().resolve("attic/config.toml");
        try {
            return Optional.ofNullable(AtticConfig.read(file).servers().get(name));
        } catch (IOException e) {
            throw refused("attic's configuration " + file + " cannot be read: " + e.getMessage());
        }
    }

    private Store cachix() {
        StoreParameters parameters = new StoreParameters(reference, CACHIX);
        String cache = reference.authority();
        if (!NAME.matcher(cache).matches() || !reference.path().isEmpty()) {
            throw refused("write cachix://CACHE");
        }
        URI api = server(parameters.text("endpoint").orElse("https://cachix.org/api/v1"));
        Optional<String> token =
                parameters.text("token-file").map(file -> token(Path.of(file))).or(() -> variable("CACHIX_AUTH_TOKEN"));
        String compression = parameters.text("compression").orElse("zstd");
        if (!compression.equals("zstd") && !compression.equals("xz")) {
            throw parameters.refused("compression", "is not taken by cachix; write zstd or xz");
        }
        ApiClient client = new ApiClient(
                exchange(api, token), "set CACHIX_AUTH_TOKEN to a token that may write, or the parameter 'token-file'");
        return new ApiCache(
                reference.withoutParams().render(),
                new CachixApi(client, api, cache, cachixKey(cache), settings.storeDir()),
                new Encoder(Compression.of(compression).orElseThrow(), parameters.number("compression-level"), false),
                url -> reader(url, token),
                settings);
    }

    /** Cachix writes its keys without a name. */
    private Optional<SecretKey> cachixKey(String cache) {
        try {
            return variable("CACHIX_SIGNING_KEY")
                    .map(key -> SecretKey.parse(key.contains(":") ? key : CachixApi.keyName(cache) + ":" + key));
        } catch (FormatException e) {
            throw refused("CACHIX_SIGNING_KEY is no secret key");
        }
    }

    private URI server(String text) {
        try {
            URI uri = URI.create(text.endsWith("/") ? text : text + "/");
            boolean http = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
            if (http && uri.getHost() != null && uri.getRawUserInfo() == null && uri.getRawQuery() == null) {
                return uri;
            }
        } catch (IllegalArgumentException e) {
            throw refused("'" + text + "' is no URL");
        }
        throw refused("'" + text + "' is no URL of a server");
    }

    private HttpExchange exchange(URI server, Optional<String> token) {
        return new HttpExchange(url -> ApiClient.bearer(server, token, url), settings);
    }

    /** The cache as everybody reads it; with the token, if it is one that not everybody may read. */
    private BinaryCache reader(String url, Optional<String> token) {
        URI base = server(url);
        CacheOptions options = new CacheOptions(
                new Encoder(Compression.NONE, OptionalInt.empty(), false),
                Optional.empty(),
                false,
                false,
                Optional.empty(),
                OptionalInt.empty(),
                false);
        HttpTransport transport =
                new HttpTransport(base, address -> ApiClient.bearer(base, token, address), FileKinds.PLAIN, settings);
        return new BinaryCache(url, transport, Reach.SERVER, options, settings);
    }
}
