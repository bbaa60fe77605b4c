package dev.berth.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.berth.deploy.render.Nix;
import dev.berth.deploy.render.NixStore;
import dev.berth.deploy.render.RenderException;
import dev.berth.deploy.render.Renderer;
import dev.berth.nix.FormatException;
import dev.berth.nix.SecretKey;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.run.RunOptions;
import dev.berth.store.ClosureCopy;
import dev.berth.store.ClosurePush;
import dev.berth.store.Store;
import dev.berth.store.StoreException;
import dev.berth.store.StoreSettings;
import dev.berth.store.Stores;
import dev.berth.store.local.LocalStore;
import dev.berth.store.local.LocalStoreConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code berth push}. */
@Command(
        name = "push",
        description = {
            "Push closures to a store that others fetch from: file://, http(s)://, s3://, ssh-ng://, ssh://, unix://,"
                    + " attic://, cachix://.",
            "What the store has is passed over, so that a push that was cut short goes on when it is run again. A manifest"
                    + " (.nix, .json, .yaml) stands for the store paths that it names. See docs/push.md."
        },
        mixinStandardHelpOptions = true)
final class PushCommand implements Callable<Integer> {
    @Option(names = "--to", required = true, paramLabel = "URI", description = "The store to push to.")
    private String to = "";

    @Option(
            names = "--from",
            paramLabel = "URI",
            description = "The store to push from; else the one that Nix uses: NIX_REMOTE, or this machine's.")
    private Optional<String> from = Optional.empty();

    @Option(
            names = {"--substituters", "--upstream"},
            split = "[, ]+",
            splitSynopsisLabel = ",",
            paramLabel = "URI",
            description = "Leave out what these stores serve already, as those who fetch ask them, too.")
    private List<String> upstreams = new ArrayList<>();

    @Option(
            names = "--sign-key-file",
            paramLabel = "FILE",
            description = "Sign what is pushed by the secret key in this file.")
    private Optional<Path> signKey = Optional.empty();

    @Option(
            names = "--netrc-file",
            paramLabel = "FILE",
            description = "Passwords for HTTP servers; else /etc/nix/netrc, or ~/.netrc where there is none.")
    private Optional<Path> netrc = Optional.empty();

    @Option(names = "--jobs", paramLabel = "N", description = "Push so many paths at once.")
    private Optional<Integer> jobs = Optional.empty();

    @Option(names = "--json", description = "Print what was done as JSON.")
    private boolean json;

    @Parameters(paramLabel = "PATH|FILE", arity = "1..*", description = "Store paths, links to them, or one manifest.")
    private List<String> things = new ArrayList<>();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException {
        ClosureCopy.Options options = options();
        try (Opened stores = new Opened()) {
            // What can't be opened is said before anything is built.
            Store destination = stores.open("--to", to);
            List<Store> others = new ArrayList<>();
            for (String upstream : upstreams) {
                others.add(stores.open("--substituters", upstream));
            }
            Source source = things.size() == 1 && isManifest(things.getFirst())
                    ? rendered(Path.of(things.getFirst()), stores)
                    : named(stores);
            ClosurePush push = new ClosurePush(source.store, destination, others, this::say);
            ClosurePush.Result result;
            try (ConsoleProgress progress = ConsoleProgress.onStandardError()) {
                result = push.push(source.paths, options, progress);
            }
            report(result, destination);
            return Failures.DONE;
        } catch (RenderException e) {
            say(String.valueOf(e.getMessage()));
            return Failures.FAILED;
        }
    }

    private void say(String message) {
        spec.commandLine().getErr().println("berth: " + Failures.oneLine(message));
    }

    /** What to push, and from where. */
    private record Source(Store store, Collection<StorePath> paths) {}

    private Source rendered(Path file, Opened stores) {
        NixStore nixStore =
                NixStore.choose(RunOptions.defaultRoot(System.getenv()).resolve("build"), System.getenv());
        Nix nix = new Nix(nixStore, NixModules.directory(), spec.commandLine().getErr()::println);
        Set<StorePath> named =
                new Renderer(nix, _ -> Set.of()).render(file, _ -> {}).named().keySet();
        if (named.isEmpty()) {
            throw new RenderException(file + ": its objects name no store path");
        }
        if (from.isPresent()) {
            return new Source(stores.open("--from", from.get()), named);
        }
        LocalStoreConfig config = nixStore.root().equals(Path.of("/"))
                ? LocalStoreConfig.system()
                : LocalStoreConfig.root(nixStore.root());
        return new Source(stores.add(LocalStore.open(config.forReading())), named);
    }

    private Source named(Opened stores) throws IOException {
        String remote = System.getenv().getOrDefault("NIX_REMOTE", "");
        Store store = stores.open("--from", from.orElse(remote.isEmpty() ? "auto" : remote));
        List<StorePath> paths = new ArrayList<>();
        for (String thing : things) {
            if (isManifest(thing)) {
                throw new ParameterException(spec.commandLine(), "one manifest, or store paths: " + thing);
            }
            paths.add(path(store.storeDir(), thing));
        }
        return new Source(store, paths);
    }

    private static boolean isManifest(String thing) {
        String name = thing.toLowerCase(Locale.ROOT);
        boolean known =
                name.endsWith(".nix") || name.endsWith(".json") || name.endsWith(".yaml") || name.endsWith(".yml");
        return known && !thing.startsWith(StoreDir.DEFAULT + "/");
    }

    /** A store path, something in one, or a link to it such as {@code result}. */
    private StorePath path(StoreDir storeDir, String thing) throws IOException {
        String inside = storeDir + "/";
        String full = thing.startsWith(inside) ? thing : target(Path.of(thing), inside);
        if (!full.startsWith(inside)) {
            throw new ParameterException(
                    spec.commandLine(), thing + " is neither a path of " + storeDir + " nor a link to one");
        }
        int slash = full.indexOf('/', inside.length());
        return storeDir.parse(slash < 0 ? full : full.substring(0, slash));
    }

    /** Links are followed as far as the store, whose files need not be on this machine. */
    private static String target(Path link, String inside) throws IOException {
        Path at = link.toAbsolutePath();
        for (int hops = 0; hops < 40 && Files.isSymbolicLink(at); hops++) {
            at = at.resolveSibling(Files.readSymbolicLink(at)).normalize();
            if (at.toString().startsWith(inside)) {
                break;
            }
        }
        return at.toString();
    }

    /** With the passwords that Nix would use, or curl. */
    private StoreSettings settings() {
        Path usual = StoreSettings.DEFAULT.netrc();
        Path own = Path.of(System.getProperty("user.home", "/"), ".netrc");
        return StoreSettings.DEFAULT.withNetrc(netrc.orElse(Files.exists(usual) ? usual : own));
    }

    private ClosureCopy.Options options() throws IOException {
        ClosureCopy.Options options = ClosureCopy.Options.TRUSTED;
        if (jobs.isPresent()) {
            if (jobs.get() < 1) {
                throw new ParameterException(spec.commandLine(), "--jobs is at least 1");
            }
            options = options.withParallelism(jobs.get());
        }
        return signKey.isPresent() ? options.withSigningKey(SecretKey.parse(Files.readString(signKey.get()))) : options;
    }

    private void report(ClosurePush.Result result, Store destination) throws IOException {
        if (json) {
            ObjectMapper mapper = new ObjectMapper();
            spec.commandLine()
                    .getOut()
                    .println(mapper.writeValueAsString(mapper.createObjectNode()
                            .put("closure", result.closure())
                            .put("present", result.present())
                            .put("upstream", result.upstream())
                            .put("copied", result.copied())
                            .put("narBytes", result.narBytes())));
            return;
        }
        say("pushed " + result.copied() + (result.copied() == 1 ? " path, " : " paths, ")
                + ConsoleProgress.bytes(result.narBytes()) + ", to " + destination.uri() + "; "
                + result.present() + " of " + result.closure() + " were there"
                + (upstreams.isEmpty() ? "" : ", " + result.upstream() + " left out as upstreams have them"));
    }

    /** The stores of one run, closed at its end. */
    private final class Opened implements AutoCloseable {
        private final List<Store> stores = new ArrayList<>();

        Store open(String option, String uri) {
            try {
                return add(Stores.open(uri, settings()));
            } catch (FormatException e) {
                throw new ParameterException(spec.commandLine(), option + ": " + e.getMessage(), e);
            } catch (StoreException e) {
                if (e.kind() == StoreException.Kind.REFUSED) {
                    throw new ParameterException(spec.commandLine(), option + ": " + e.getMessage(), e);
                }
                throw e;
            }
        }

        Store add(Store store) {
            stores.add(store);
            return store;
        }

        @Override
        public void close() {
            stores.forEach(Store::close);
        }
    }
}
