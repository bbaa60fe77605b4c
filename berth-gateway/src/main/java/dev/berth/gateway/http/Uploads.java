package dev.berth.gateway.http;

import dev.berth.gateway.CacheContent;
import dev.berth.nix.DrvOutput;
import dev.berth.nix.FormatException;
import dev.berth.nix.NarInfo;
import dev.berth.nix.PublicKey;
import dev.berth.nix.Realisation;
import dev.berth.nix.StorePath;
import dev.berth.store.StoreException;
import dev.berth.store.StoreException.Kind;
import dev.berth.store.cache.CacheUploads;
import dev.berth.store.cache.Compression;
import dev.berth.store.usage.UsageRecorder;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * What clients upload, as {@code nix copy --to http://…} does it: a NAR under any name, and then the narinfo that names it
 * and makes the path visible. Listings and the index of debug information are made from the store and so not kept. Any
 * thread.
 */
final class Uploads implements AutoCloseable {
    private static final int MAX_NARINFO = 2 << 20;
    private static final int MAX_REALISATION = 1 << 20;
    private static final long MAX_LOG = 256L << 20;
    private static final long MAX_LISTING = 512L << 20;

    private final CacheContent content;
    private final CacheSettings settings;
    private final Set<PublicKey> trusted;
    private final NarInfoUploads narInfos;

    /** Where NARs go, if they need no place of their own to wait. */
    private final Optional<CacheUploads> shared;

    private final Optional<UploadSpool> spool;

    /** @throws IOException if uploads are taken and have nowhere to go */
    Uploads(CacheContent content, CacheSettings settings, Signer signer, NarInfos narInfos, UsageRecorder usage)
            throws IOException {
        this.content = content;
        this.settings = settings;
        this.trusted = new HashSet<>(settings.trustedKeys());
        trusted.addAll(signer.publicKeys());
        this.shared = content.uploads();
        this.spool = settings.uploadTokens().isPresent() && shared.isEmpty()
                ? Optional.of(spool(content, settings.limits()))
                : Optional.empty();
        this.narInfos = new NarInfoUploads(content, settings.uploads(), trusted, narInfos, usage);
    }

    private static UploadSpool spool(CacheContent content, UploadLimits limits) throws IOException {
        Optional<Path> directory = content.directory();
        // One for all gateways of this machine, so that each finds what a dead one left; nobody else can read it.
        Path top = directory.isPresent()
                ? directory.get().resolve("uploads")
                : Path.of(System.getProperty("java.io.tmpdir"), "berth-uploads-" + System.getProperty("user.name"));
        return new UploadSpool(top, limits);
    }

    private UploadSpool spool() {
        return spool.orElseThrow(() -> new IllegalStateException("uploads are refused before they come here"));
    }

    /** A NAR that was uploaded and waits for its narinfo: its uploader may ask whether it is there. */
    Optional<HttpReply> spooled(Target target) {
        return spool.isEmpty() ? Optional.empty() : waiting(target);
    }

    private Optional<HttpReply> waiting(Target target) {
        return fileName(target)
                .flatMap(name -> spool().size(name)
                        .map(size -> new HttpReply.Streamed(
                                200,
                                Map.of("content-type", "application/x-nix-nar"),
                                OptionalLong.of(size),
                                out -> send(name, size, out))));
    }

    private void send(String name, long size, BodyOutput out) throws IOException {
        try (FileChannel file =
                spool().open(name).orElseThrow(() -> new IOException("the upload '" + name + "' is gone"))) {
            out.file(file, 0, size);
        }
    }

    private static Optional<String> fileName(Target target) {
        return switch (target) {
            case Target.Nar nar -> Optional.of(nar.name());
            case Target.NarFile file -> Optional.of(file.name());
            default -> Optional.empty();
        };
    }

    HttpReply put(HttpRequest request, Target target) throws IOException {
        try {
            return switch (target) {
                case Target.NarInfoFile(String hashPart) ->
                    narInfos.put(hashPart, small(request, MAX_NARINFO), this::made);
                case Target.Nar nar -> nar(request, nar.name());
                case Target.NarFile file -> nar(request, file.name());
                case Target.Listing _, Target.DebugInfo _ -> {
                    try (InputStream body = new LimitedInput(request.body(), MAX_LISTING)) {
                        body.transferTo(OutputStream.nullOutputStream());
                    }
                    yield TextReply.text(200, "this cache makes it from the path itself");
                }
                case Target.Log(StorePath drvPath) -> log(request, drvPath);
                case Target.RealisationFile(DrvOutput output) -> realisation(request, output);
                case Target.CacheInfo _ -> {
                    small(request, MAX_REALISATION);
                    yield TextReply.text(200, "this cache has its own nix-cache-info");
                }
                case Target.Page _, Target.PublicKeys _ -> TextReply.notAllowed("GET, HEAD", "this cannot be uploaded");
            };
        } catch (LimitedInput.TooLong e) {
            return TextReply.text(413, "the body is " + e.getMessage());
        } catch (IOException e) {
            if (request.header("content-encoding").isPresent()) {
                return TextReply.text(400, "the body does not decode: " + e.getMessage());
            }
            throw e;
        } catch (StoreException e) {
            if (e.kind() == Kind.CORRUPT) {
                return TextReply.text(422, e.getMessage());
            }
            throw e;
        }
    }

    private HttpReply nar(HttpRequest request, String name) throws IOException {
        long most = settings.limits().bytes();
        if (request.length() > most) {
            return TextReply.text(413, "the NAR is longer than the " + most + " bytes that are taken here");
        }
        try {
            if (shared.isPresent()) {
                shared.get().put(name, new LimitedInput(request.body(), most), request.length());
            } else {
                spool().put(name, request.body(), request.length());
            }
        } catch (UploadSpool.Full e) {
            return TextReply.text(507, String.valueOf(e.getMessage()));
        }
        return TextReply.text(201, "taken; it is visible when its narinfo is uploaded");
    }

    /** Makes a path of a NAR that was uploaded; false if it is not here. */
    private boolean made(NarInfo file, String name) throws IOException {
        if (shared.isPresent()) {
            return shared.get().adopt(file);
        }
        Optional<FileChannel> nar = spool().open(name);
        if (nar.isEmpty()) {
            return false;
        }
        try (FileChannel opened = nar.get()) {
            narInfos.add(file, opened);
        }
        spool().settle(name);
        return true;
    }

    /** The decoded body. */
    private static InputStream decoded(HttpRequest request) throws IOException {
        String encoding = request.header("content-encoding").orElse("").strip();
        if (encoding.isEmpty() || encoding.equals("identity")) {
            return request.body();
        }
        return Compression.of(encoding)
                .orElseThrow(() -> new FormatException("the content encoding " + FormatException.quote(encoding)
                        + " is not known; known are " + Compression.names()))
                .decode(request.body());
    }

    private static String small(HttpRequest request, int most) throws IOException {
        try (InputStream body = new LimitedInput(decoded(request), most)) {
            return new String(body.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private HttpReply log(HttpRequest request, StorePath drvPath) throws IOException {
        try (InputStream body = new LimitedInput(decoded(request), MAX_LOG)) {
            content.addLog(drvPath, body);
        }
        return TextReply.text(201, "kept");
    }

    private HttpReply realisation(HttpRequest request, DrvOutput output) throws IOException {
        String json = small(request, MAX_REALISATION);
        Realisation realisation = Realisation.parseFile(output, json);
        if (!realisation.id().equals(output)) {
            return TextReply.text(
                    422, "the realisation is of '" + realisation.id().print(content.storeDir()) + "'");
        }
        if (settings.uploads() == CacheSettings.Uploads.SIGNED
                && realisation.signers(trusted).isEmpty()) {
            return TextReply.text(
                    403, "the realisation of '" + output.print(content.storeDir()) + "' is signed by no trusted key");
        }
        content.addRealisation(realisation);
        return TextReply.text(201, "kept");
    }

    @Override
    public void close() {
        spool.ifPresent(UploadSpool::close);
    }
}
