package dev.berth.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.cli.store.KeyFile;
import dev.berth.deploy.push.CacheCheck;
import dev.berth.deploy.push.CacheReport;
import dev.berth.deploy.push.PushStage;
import dev.berth.deploy.render.CacheSettings;
import dev.berth.deploy.render.NixStore;
import dev.berth.deploy.render.RenderException;
import dev.berth.deploy.render.Rendered;
import dev.berth.nix.StorePath;
import dev.berth.store.ClosureCopy;
import dev.berth.store.ClosurePush;
import dev.berth.store.Store;
import dev.berth.store.StoreException;
import dev.berth.store.Stores;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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
                    + " (.nix, .json, .yaml, --flake) stands for the store paths that it names; without --to and --assert-cached"
                    + " it is pushed to where it says itself (berth.cacheTo), and looked for where it says (berth.assertCached)."
                    + " See docs/push.md."
        },
        mixinStandardHelpOptions = true)
final class PushCommand implements Callable<Integer> {
    /** A push that somebody asked for by name takes what it takes. */
    private static final Duration NO_LIMIT = Duration.ofDays(7);

    @Option(names = "--to", paramLabel = "URI", description = "The store to push to. May be given more than once.")
    private List<String> to = new ArrayList<>();

    @Option(
            names = "--assert-cached",
            split = "[, ]+",
            splitSynopsisLabel = ",",
            paramLabel = "URI",
            description =
                    "Afterwards, or without --to instead, ask these caches for the whole closures; fail if together"
                            + " they have not all of it, or could not say.")
    private List<String> assertCached = new ArrayList<>();

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

    @Option(names = "--jobs", paramLabel = "N", description = "Push so many paths at once.")
    private Optional<Integer> jobs = Optional.empty();

    @Option(names = "--json", description = "Print what was done as JSON, a line for each store.")
    private boolean json;

    @Mixin
    private NetrcOption netrc = new NetrcOption();

    @Mixin
    private ManifestOptions manifest = new ManifestOptions();

    @Parameters(paramLabel = "PATH|FILE", arity = "0..*", description = "Store paths, links to them, or one manifest.")
    private List<String> things = new ArrayList<>();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException {
        ClosureCopy.Options options = options();
        if (to.isEmpty() && assertCached.isEmpty()) {
            Source source = source();
            try (source;
                    PushStage stage = stage(source.cache())) {
                run(source, source.cache(), stage, options);
            }
            return Failures.DONE;
        }
        CacheSettings asked = new CacheSettings(to, assertCached, true, NO_LIMIT, false);
        // What can't be opened is said before anything is built.
        try (PushStage stage = stage(asked);
                Source source = source()) {
            run(source, asked, stage, options);
        }
        return Failures.DONE;
    }

    private void run(Source source, CacheSettings cache, PushStage stage, ClosureCopy.Options options)
            throws IOException {
        if (cache.pushTo().isEmpty() && cache.assertCached().isEmpty()) {
            throw new ParameterException(
                    spec.commandLine(), "where to? Give --to URI; the manifest itself says nothing (berth.cacheTo)");
        }
        if (!cache.pushTo().isEmpty()) {
            List<PushStage.Pushed> pushed;
            try (ConsoleProgress progress = ConsoleProgress.onStandardError()) {
                pushed = stage.push(source.store(), source.named().keySet(), options, progress);
            }
            for (PushStage.Pushed one : pushed) {
                report(one);
            }
        }
        if (!cache.assertCached().isEmpty()) {
            CacheReport cached = CacheCheck.require(source.named(), cache, netrc.settings());
            if (json) {
                print(new ObjectMapper().createObjectNode().put("cached", cached.found()));
            } else {
                say(told(cached));
            }
        }
    }

    private PushStage stage(CacheSettings cache) {
        return usage(() -> new PushStage(cache, upstreams, netrc.settings(), this::say));
    }

    /** What a store can't be opened by is wrong usage. */
    private <T> T usage(Supplier<T> opening) {
        try {
            return opening.get();
        } catch (StoreException e) {
            if (e.kind() == StoreException.Kind.REFUSED) {
                throw new ParameterException(spec.commandLine(), e.getMessage(), e);
            }
            throw e;
        }
    }

    private void say(String message) {
        spec.commandLine().getErr().println("berth: " + Failures.oneLine(message));
    }

    /**
     * What to push, and from where.
     *
     * @param store where the paths are
     * @param named them, and who names each
     * @param cache where a manifest says that it goes
     */
    private record Source(Store store, Map<StorePath, String> named, CacheSettings cache) implements AutoCloseable {
        @Override
        public void close() {
            store.close();
        }
    }

    private Source source() throws IOException {
        if (manifest.isFlake() && !things.isEmpty()) {
            throw new ParameterException(spec.commandLine(), "store paths or --flake, not both");
        }
        if (manifest.isFlake() || (things.size() == 1 && new PushArgument(things.getFirst()).isManifest())) {
            NixStore nixStore = ManifestOptions.nixStore();
            Rendered rendered = manifest.render(things.stream().findFirst().map(Path::of), nixStore);
            if (rendered.named().isEmpty()) {
                throw new RenderException("nothing to push: the manifest names no store path");
            }
            Store store = from.isPresent() ? open(from.get()) : nixStore.open();
            return new Source(store, rendered.named(), rendered.settings().cache());
        }
        if (things.isEmpty()) {
            throw new ParameterException(
                    spec.commandLine(), "what? Name store paths, one manifest, or --flake REF#ATTR");
        }
        String remote = System.getenv().getOrDefault("NIX_REMOTE", "");
        Store store = open(from.orElse(remote.isEmpty() ? "auto" : remote));
        boolean done = false;
        try {
            Map<StorePath, String> named = new TreeMap<>();
            for (String thing : things) {
                PushArgument argument = new PushArgument(thing);
                if (argument.isManifest()) {
                    throw new ParameterException(spec.commandLine(), "one manifest, or store paths: " + thing);
                }
                StorePath path = argument.path(store.storeDir())
                        .orElseThrow(() -> new ParameterException(
                                spec.commandLine(),
                                thing + " is neither a path of " + store.storeDir() + " nor a link to one"));
                named.put(path, "named on the command line");
            }
            done = true;
            return new Source(store, named, CacheSettings.NONE);
        } finally {
            if (!done) {
                store.close();
            }
        }
    }

    private Store open(String uri) {
        return usage(() -> Stores.open(uri, netrc.settings()));
    }

    private ClosureCopy.Options options() throws IOException {
        ClosureCopy.Options options = ClosureCopy.Options.TRUSTED;
        if (jobs.isPresent()) {
            if (jobs.get() < 1) {
                throw new ParameterException(spec.commandLine(), "--jobs is at least 1");
            }
            options = options.withParallelism(jobs.get());
        }
        return signKey.isPresent() ? options.withSigningKey(new KeyFile(signKey.get()).read()) : options;
    }

    private void report(PushStage.Pushed pushed) throws IOException {
        ClosurePush.Result result = pushed.result();
        if (json) {
            print(new ObjectMapper()
                    .createObjectNode()
                    .put("to", pushed.uri())
                    .put("closure", result.closure())
                    .put("present", result.present())
                    .put("upstream", result.upstream())
                    .put("copied", result.copied())
                    .put("narBytes", result.narBytes()));
            return;
        }
        say(told(pushed) + (upstreams.isEmpty() ? "" : ", " + result.upstream() + " left out as upstreams have them"));
    }

    /** What a push did, in words. */
    static String told(PushStage.Pushed pushed) {
        ClosurePush.Result result = pushed.result();
        return "pushed " + result.copied() + (result.copied() == 1 ? " path, " : " paths, ")
                + ConsoleProgress.bytes(result.narBytes()) + ", to " + pushed.uri() + "; " + result.present() + " of "
                + result.closure() + " were there";
    }

    /** What caches were found to have, in words. */
    static String told(CacheReport cached) {
        return cached.found() + (cached.found() == 1 ? " path is" : " paths are") + " in "
                + String.join(" or ", cached.caches())
                + cached.silent().entrySet().stream()
                        .map(silent -> "; could not ask " + silent.getKey() + " (" + silent.getValue() + ")")
                        .collect(Collectors.joining());
    }

    private void print(ObjectNode line) throws JsonProcessingException {
        spec.commandLine().getOut().println(new ObjectMapper().writeValueAsString(line));
    }
}
