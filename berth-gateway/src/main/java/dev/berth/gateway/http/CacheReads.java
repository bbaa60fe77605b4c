package dev.berth.gateway.http;

import dev.berth.gateway.CacheContent;
import dev.berth.nix.DrvOutput;
import dev.berth.nix.Realisation;
import dev.berth.nix.StorePath;
import dev.berth.store.StoreException;
import dev.berth.store.usage.UsageRecorder;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/** What a cache answers to GET and HEAD. Any thread. */
final class CacheReads {
    private static final String JSON = "application/json";

    private final CacheContent content;
    private final CacheSettings settings;
    private final Signer signer;
    private final NarInfos narInfos;
    private final Nars nars;
    private final UsageRecorder usage;
    private final HttpReply.Whole cacheInfo;

    CacheReads(CacheContent content, CacheSettings settings, Signer signer, NarInfos narInfos, UsageRecorder usage) {
        this.content = content;
        this.settings = settings;
        this.signer = signer;
        this.narInfos = narInfos;
        this.nars = new Nars(content, narInfos, usage, settings.compression());
        this.usage = usage;
        this.cacheInfo = TextReply.whole(
                200,
                "text/x-nix-cache-info",
                "StoreDir: " + content.storeDir().path() + "\nWantMassQuery: " + (settings.wantMassQuery() ? 1 : 0)
                        + "\nPriority: " + settings.priority() + "\n");
    }

    /** What can be said at once, from memory. */
    Optional<HttpReply> quick(HttpRequest request, Target target) {
        return switch (target) {
            case Target.CacheInfo _ -> Optional.of(cacheInfo);
            case Target.NarInfoFile(String hashPart) -> narInfos.quick(hashPart).map(whole -> whole);
            case Target.Nar nar -> nars.quick(request, nar);
            default -> Optional.empty();
        };
    }

    /** @throws StoreException if the store, or a substituter, fails */
    HttpReply answer(HttpRequest request, Target target) throws IOException {
        return switch (target) {
            case Target.Page _ ->
                HumanPage.of(
                        request,
                        content,
                        signer.publicKeys(),
                        settings.readTokens().isPresent());
            case Target.CacheInfo _ -> cacheInfo;
            case Target.PublicKeys _ -> publicKeys();
            case Target.NarInfoFile(String hashPart) -> narInfos.answer(hashPart);
            case Target.Listing(String hashPart) -> listing(hashPart);
            case Target.Nar nar -> nars.answer(request, nar);
            case Target.NarFile _ -> TextReply.notFound("no such NAR");
            case Target.Log(StorePath drvPath) -> log(drvPath);
            case Target.DebugInfo(String buildId) -> debugInfo(buildId);
            case Target.RealisationFile(DrvOutput output) -> realisation(output);
        };
    }

    private HttpReply publicKeys() {
        return TextReply.whole(
                200,
                TextReply.PLAIN,
                signer.publicKeys().stream().map(key -> key.print() + "\n").collect(Collectors.joining()));
    }

    private HttpReply listing(String hashPart) {
        return content.find(hashPart)
                .<HttpReply>map(info -> {
                    usage.used(List.of(info.path()));
                    return new HttpReply.Streamed(
                            200, Map.of("content-type", JSON), OptionalLong.empty(), out -> list(info.path(), out));
                })
                .orElseGet(() -> TextReply.notFound("no such path"));
    }

    private void list(StorePath path, BodyOutput out) throws IOException {
        try {
            content.nar(path, new ListingBody(out));
        } catch (StoreException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    // Opened twice, as a body that is not asked for must not leave a file open.
    private HttpReply log(StorePath drvPath) throws IOException {
        Optional<InputStream> log = content.log(drvPath);
        if (log.isEmpty()) {
            return TextReply.notFound("no log of this derivation");
        }
        log.get().close();
        return new HttpReply.Streamed(200, Map.of("content-type", TextReply.PLAIN), OptionalLong.empty(), out -> {
            try (InputStream in =
                    content.log(drvPath).orElseThrow(() -> new IOException("the log of '" + drvPath + "' is gone"))) {
                in.transferTo(out);
            }
        });
    }

    private HttpReply debugInfo(String buildId) {
        return content.debugInfo(buildId)
                .<HttpReply>map(found -> {
                    usage.used(List.of(found.info().path()));
                    // Neither has a character that JSON would want escaped.
                    String json = "{\"archive\":\"../" + Target.narUrl(found.info()) + "\",\"member\":\""
                            + found.member() + "\"}";
                    return TextReply.whole(200, JSON, json);
                })
                .orElseGet(() -> TextReply.notFound("no debug information of this build"));
    }

    private HttpReply realisation(DrvOutput output) {
        Optional<Realisation> known = content.realisation(output);
        if (known.isEmpty()) {
            return TextReply.notFound("no such realisation");
        }
        usage.used(List.of(known.get().outPath()));
        return TextReply.whole(200, JSON, signer.sign(known.get()).printFile());
    }
}
