package dev.berth.gateway.http;

import dev.berth.gateway.CacheContent;
import dev.berth.gateway.ServedStore;
import dev.berth.gateway.ServiceSettings;
import dev.berth.nix.NarInfo;
import dev.berth.nix.PathInfo;
import dev.berth.nix.SecretKey;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarHasher;
import dev.berth.nix.nar.NarSource;
import dev.berth.nix.nar.NarWriter;
import dev.berth.store.local.LocalStoreConfig;
import dev.berth.testing.Seed;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;

/** A cache over a local store in a directory, with keys, and paths to put there. */
final class CacheFixture implements AutoCloseable {
    static final SecretKey OWN = SecretKey.generate("own-1");
    static final SecretKey AUTHOR = SecretKey.generate("author-1");
    static final String READER = "reader-token";
    static final String WRITER = "writer-token";

    final Path directory;
    final Set<StorePath> used = new ConcurrentSkipListSet<>();
    final ServedStore store;
    final CacheContent content;
    final CacheRoutes routes;

    /** @param access whether readers and writers need tokens */
    CacheFixture(Path directory, ServiceSettings service, CacheSettings.Uploads uploads, boolean access)
            throws IOException {
        this(directory, ServedStore.local(LocalStoreConfig.root(directory.resolve("root")), service), uploads, access);
    }

    /** @param store closed with this */
    CacheFixture(Path directory, ServedStore store, CacheSettings.Uploads uploads, boolean access) throws IOException {
        this.directory = directory;
        Path key = Files.writeString(directory.resolve("key"), OWN.print() + "\n");
        Path readers = Files.writeString(directory.resolve("readers"), "# who may read\n\nsomebody\n" + READER + "\n");
        Path writers = Files.writeString(directory.resolve("writers"), WRITER + "\n");
        this.store = store;
        this.content = store.content();
        this.routes = CacheRoutes.open(
                content,
                new CacheSettings(
                        CacheSettings.PRIORITY,
                        true,
                        List.of(key),
                        access ? Optional.of(readers) : Optional.empty(),
                        access ? Optional.of(writers) : Optional.empty(),
                        uploads,
                        Set.of(AUTHOR.publicKey()),
                        true,
                        UploadLimits.DEFAULT),
                used::addAll);
    }

    static CacheFixture open(Path directory) throws IOException {
        return new CacheFixture(directory, ServiceSettings.DEFAULT, CacheSettings.Uploads.SIGNED, false);
    }

    Asked.Of ask() {
        return new Asked.Of(routes);
    }

    @Override
    public void close() {
        routes.close();
        store.close();
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random(Seed.first() + size).nextBytes(bytes);
        return bytes;
    }

    static NarSource file(boolean executable, byte[] contents) {
        return sink -> {
            sink.startFile(executable, contents.length);
            if (contents.length > 0) {
                sink.contents(contents, 0, contents.length);
            }
            sink.endFile();
        };
    }

    /** Small files and one that is large enough to be sent by the kernel, with directories and a link. */
    static NarSource tree(int large) {
        return sink -> {
            sink.startDirectory();
            sink.entry(bytes("a"));
            file(true, bytes("#!/bin/sh\n")).sendTo(sink);
            sink.entry(bytes("empty"));
            sink.startDirectory();
            sink.endDirectory();
            sink.entry(bytes("large"));
            file(false, random(large)).sendTo(sink);
            sink.entry(bytes("link"));
            sink.symlink(bytes("a"));
            sink.entry(bytes("z"));
            file(false, random(5000)).sendTo(sink);
            sink.endDirectory();
        };
    }

    static byte[] nar(NarSource source) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        source.sendTo(new NarWriter(out));
        return out.toByteArray();
    }

    /** A path as its author made and signed it. */
    static PathInfo info(String name, NarSource source, Collection<StorePath> references) throws IOException {
        return unsigned(name, source, references).signed(StoreDir.DEFAULT, AUTHOR);
    }

    static PathInfo unsigned(String name, NarSource source, Collection<StorePath> references) throws IOException {
        NarHasher hasher = new NarHasher();
        source.sendTo(hasher);
        String digits = "0123456789abcdfghijklmnpqrsvwxyz";
        StringBuilder hash = new StringBuilder();
        Random random = new Random(name.hashCode());
        for (int i = 0; i < StorePath.HASH_LENGTH; i++) {
            hash.append(digits.charAt(random.nextInt(digits.length())));
        }
        return PathInfo.of(new StorePath(hash + "-" + name), hasher.hash(), hasher.size(), new TreeSet<>(references));
    }

    /** A narinfo as a client uploads it. */
    static String narInfo(PathInfo info, String url, String compression) {
        return new NarInfo(info, url, compression, Optional.empty(), OptionalLong.empty()).print(StoreDir.DEFAULT);
    }
}
