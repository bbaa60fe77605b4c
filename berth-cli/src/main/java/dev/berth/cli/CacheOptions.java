package dev.berth.cli;

import dev.berth.deploy.push.CacheCheck;
import dev.berth.deploy.push.CacheReport;
import dev.berth.deploy.push.LocalScripts;
import dev.berth.deploy.push.PushStage;
import dev.berth.deploy.render.CacheSettings;
import dev.berth.deploy.render.NixStore;
import dev.berth.deploy.render.Rendered;
import dev.berth.store.ClosureCopy;
import dev.berth.store.Store;
import java.io.PrintWriter;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What a deployment does about caches before it applies anything. */
final class CacheOptions {
    @Option(
            names = "--no-push",
            description = "Push nothing, and do not ask whether caches have what the objects name.")
    private boolean nothing;

    @Option(
            names = "--no-cache-push",
            description = "Push nothing; the caches are asked for the closures all the same.")
    private boolean noPush;

    @Option(
            names = "--cache-allow-failure",
            description = "Go on when a push fails; the caches are asked for the closures all the same.")
    private boolean mayFail;

    @Mixin
    private NetrcOption netrc = new NetrcOption();

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec = CommandSpec.create();

    /**
     * Runs the manifest's {@code preDeployScript} and {@code preApplyCommand}, pushes the closures to every store that it names,
     * and makes sure that the caches that it names serve them.
     *
     * @param scripts of this manifest
     * @param nixStore where the closures are
     * @throws RuntimeException of the part that failed; then nothing is to be applied
     */
    void prepare(Rendered rendered, LocalScripts scripts, NixStore nixStore) {
        CacheSettings said = rendered.settings().cache();
        CacheSettings cache = new CacheSettings(
                nothing || noPush ? List.of() : said.pushTo(),
                nothing ? List.of() : said.assertCached(),
                said.failOnPushError() && !mayFail,
                said.timeout(),
                said.acceptNewHostKeys());
        scripts.beforeDeploy();
        scripts.beforePush(!cache.pushTo().isEmpty(), !cache.failOnPushError());
        if (!cache.pushTo().isEmpty() && !rendered.named().isEmpty()) {
            push(rendered, cache, nixStore);
        }
        CacheReport cached = CacheCheck.require(rendered.named(), cache, netrc.settings());
        if (cached.found() > 0) {
            say(PushCommand.told(cached));
        }
    }

    private void push(Rendered rendered, CacheSettings cache, NixStore nixStore) {
        try (Store from = nixStore.open();
                PushStage stage = new PushStage(cache, List.of(), netrc.settings(), this::say);
                ConsoleProgress progress = ConsoleProgress.onStandardError()) {
            stage.push(from, rendered.named().keySet(), ClosureCopy.Options.TRUSTED, progress)
                    .forEach(pushed -> say(PushCommand.told(pushed)));
        }
    }

    private void say(String message) {
        PrintWriter err = spec.commandLine().getErr();
        err.println("berth: " + Failures.oneLine(message));
    }
}
