package dev.berth.store.cache;

import dev.berth.nix.NarInfo;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** The narinfos of a binary cache; what one that is far away answers is believed for a while. Thread-safe. */
final class CacheNarInfos {
    /** Those of real caches have some hundred to some thousand bytes. */
    static final int MAX_SIZE = 2 << 20;

    private static final String SUFFIX = ".narinfo";

    private final CacheCalls calls;
    private final StoreDir storeDir;
    private final Transport transport;
    private final Reach reach;
    private final Introduction introduction;
    private final AnswerCache answers;

    /** @param introduction comes before the first question */
    CacheNarInfos(
            CacheCalls calls,
            StoreDir storeDir,
            Transport transport,
            Reach reach,
            Introduction introduction,
            AnswerCache answers) {
        this.calls = calls;
        this.storeDir = storeDir;
        this.transport = transport;
        this.reach = reach;
        this.introduction = introduction;
        this.answers = answers;
    }

    /** The name of the file of a hash part, relative to the cache. */
    static String file(String hashPart) {
        return hashPart + SUFFIX;
    }

    /** The hash part that a file is of, if it is a narinfo. */
    static Optional<String> hashPart(String file) {
        return file.endsWith(SUFFIX)
                ? Optional.of(file.substring(0, file.length() - SUFFIX.length()))
                : Optional.empty();
    }

    /** That of a path, if the cache has it. */
    Optional<NarInfo> of(StorePath path) {
        return of(path.hashPart()).filter(info -> info.info().path().equals(path));
    }

    /** That of whichever path has the hash part, if the cache has one. */
    Optional<NarInfo> of(String hashPart) {
        introduction.info();
        if (reach.isRemote()) {
            Optional<AnswerCache.Answer> known = answers.get(hashPart);
            if (known.isPresent()) {
                return known.get().info();
            }
        }
        Optional<NarInfo> answer = calls.run("cannot ask", () -> read(hashPart));
        if (reach.isRemote()) {
            answers.put(hashPart, answer);
        }
        return answer;
    }

    /** As it is there now, whatever was answered before. */
    Optional<NarInfo> read(String hashPart) throws IOException {
        return parse(hashPart, transport.read(file(hashPart), MAX_SIZE));
    }

    /** What a file says that is there by the name of a hash part. */
    Optional<NarInfo> parse(String hashPart, Optional<byte[]> file) throws IOException {
        if (file.isEmpty()) {
            return Optional.empty();
        }
        String text = new String(file.get(), StandardCharsets.UTF_8);
        NarInfo info = NarInfo.parse(storeDir, text, calls.uri() + "/" + file(hashPart));
        if (!info.info().path().hashPart().equals(hashPart)) {
            throw new IOException(
                    file(hashPart) + " is of another path, " + info.info().path());
        }
        return Optional.of(info);
    }

    /** Whether a path was lately written from here, or found there. */
    boolean isKnown(StorePath path) {
        return answers.get(path.hashPart())
                .flatMap(AnswerCache.Answer::info)
                .filter(known -> known.info().path().equals(path))
                .isPresent();
    }

    /** Takes note of what was written. */
    void written(NarInfo info) {
        answers.put(info.info().path().hashPart(), Optional.of(info));
    }

    /** Believes nothing of a path any more that was said before. */
    void forget(String hashPart) {
        answers.remove(hashPart);
    }
}
