package dev.berth.gateway.http;

import dev.berth.gateway.CacheContent;
import dev.berth.nix.NarInfo;
import dev.berth.nix.PathInfo;
import dev.berth.nix.PublicKey;
import dev.berth.nix.Signature;
import dev.berth.nix.StorePath;
import dev.berth.store.GuardedSink;
import dev.berth.store.StoreException;
import dev.berth.store.StoreException.Kind;
import dev.berth.store.cache.Compression;
import dev.berth.store.cache.NarDownload;
import dev.berth.store.usage.UsageRecorder;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Narinfo files that clients upload: each makes a path of a NAR that was uploaded before. Any thread. */
final class NarInfoUploads {
    private static final int NAMED = 10;

    private final CacheContent content;
    private final CacheSettings.Uploads policy;
    private final Set<PublicKey> trusted;
    private final NarInfos narInfos;
    private final UsageRecorder usage;

    NarInfoUploads(
            CacheContent content,
            CacheSettings.Uploads policy,
            Set<PublicKey> trusted,
            NarInfos narInfos,
            UsageRecorder usage) {
        this.content = content;
        this.policy = policy;
        this.trusted = Set.copyOf(trusted);
        this.narInfos = narInfos;
        this.usage = usage;
    }

    /** Makes a path of a NAR that was uploaded. */
    interface Making {
        /**
         * @param name the NAR's
         * @return false if it is not here
         */
        boolean make(NarInfo file, String name) throws IOException;
    }

    /**
     * Makes the path valid.
     *
     * @throws dev.berth.nix.FormatException for a text that is no narinfo
     * @throws StoreException of kind {@code CORRUPT} if the NAR is not what the narinfo says
     */
    HttpReply put(String hashPart, String text, Making making) throws IOException {
        NarInfo file = NarInfo.parse(content.storeDir(), text, "the narinfo");
        PathInfo info = file.info();
        if (!info.path().hashPart().equals(hashPart)) {
            return TextReply.text(422, "the narinfo is of another path, " + show(info.path()));
        }
        Optional<PathInfo> known = held(info);
        if (known.isPresent()) {
            return existing(known.get(), info);
        }
        Optional<HttpReply> refusal = refusal(info);
        if (refusal.isPresent()) {
            return refusal.get();
        }
        String name = Target.narFile(file.url())
                .orElseThrow(() -> new StoreException(
                        Kind.CORRUPT, "the URL of " + show(info.path()) + " does not lie below nar/ in this cache"));
        if (!making.make(file, name)) {
            return TextReply.text(
                    409, "the NAR " + name + " of " + show(info.path()) + " is not here: upload it first");
        }
        narInfos.added();
        usage.used(List.of(info.path()));
        return TextReply.text(201, show(info.path()) + " is in the cache");
    }

    /** The path as it is there already; it, and what it will refer to, is not deleted meanwhile. */
    private Optional<PathInfo> held(PathInfo info) {
        List<StorePath> relied = new ArrayList<>(info.references());
        relied.add(info.path());
        while (true) {
            Optional<PathInfo> known = content.find(info.path().hashPart());
            if (usage.hold(relied)) {
                return known;
            }
        }
    }

    private Optional<HttpReply> refusal(PathInfo info) {
        if (policy == CacheSettings.Uploads.SIGNED && !info.isTrustedBy(content.storeDir(), trusted)) {
            String signers = info.signatures().stream()
                    .map(Signature::keyName)
                    .distinct()
                    .limit(NAMED)
                    .collect(Collectors.joining(", "));
            return Optional.of(TextReply.text(
                    403,
                    show(info.path()) + " lacks a signature by a key that this cache trusts: it is "
                            + (signers.isEmpty() ? "not signed" : "signed by " + signers)));
        }
        Set<StorePath> missing = new TreeSet<>(info.references());
        missing.remove(info.path());
        missing.removeAll(missing.isEmpty() ? Set.of() : content.validPaths(missing));
        return missing.isEmpty()
                ? Optional.empty()
                : Optional.of(TextReply.text(
                        409,
                        show(info.path()) + " refers to what is not here, add that first: "
                                + missing.stream()
                                        .limit(NAMED)
                                        .map(StorePath::baseName)
                                        .collect(Collectors.joining(", "))));
    }

    /** Adds a path by its NAR as it was uploaded. */
    void add(NarInfo file, FileChannel opened) {
        Compression compression = Compression.of(file.compression())
                .orElseThrow(() -> new StoreException(
                        Kind.CORRUPT,
                        "the compression '" + file.compression() + "' of "
                                + show(file.info().path()) + " is not known; known are " + Compression.names()));
        content.add(file.info(), sink -> {
            try {
                new NarDownload(file, compression).run(Channels.newInputStream(opened), new GuardedSink(sink));
            } catch (IOException e) {
                throw new StoreException(
                        Kind.CORRUPT, "the NAR of " + show(file.info().path()) + ": " + e.getMessage(), e);
            }
        });
    }

    /** A path that is there already stays as it is; trusted signatures are added. */
    private HttpReply existing(PathInfo known, PathInfo uploaded) {
        if (!known.path().equals(uploaded.path()) || !known.narHash().equals(uploaded.narHash())) {
            return TextReply.text(409, show(known.path()) + " is in the cache already, with another NAR hash");
        }
        TreeSet<Signature> more = new TreeSet<>(uploaded.signatures());
        more.removeAll(known.signatures());
        String fingerprint = known.fingerprint(content.storeDir());
        more.removeIf(signature -> trusted.stream().noneMatch(key -> key.verify(fingerprint, signature)));
        if (!more.isEmpty()) {
            content.addSignatures(known.path(), more);
            narInfos.changed();
        }
        return TextReply.text(200, show(known.path()) + " is in the cache already");
    }

    private String show(StorePath path) {
        return content.storeDir().print(path);
    }
}
