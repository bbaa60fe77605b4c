package dev.berth.store.cache;

import dev.berth.nix.NarInfo;
import dev.berth.store.DownloadSpool;
import dev.berth.store.StoreException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.Optional;

/** Downloads the files of NARs over HTTP; large ones go on where an earlier try was cut. */
final class HttpDownloads {
    private final HttpTransport transport;
    private final Optional<DownloadParts> parts;

    HttpDownloads(HttpTransport transport, Optional<DownloadSpool> spool) {
        this.transport = transport;
        this.parts = spool.map(DownloadParts::new);
    }

    Download begin(URI url, NarInfo info) throws IOException {
        Optional<DownloadPart> part = parts.flatMap(all -> all.of(url, info));
        if (part.isEmpty()) {
            Optional<HttpAnswer> answer = transport.begin(url, 0, "");
            return answer.isEmpty()
                    ? Download.of(Optional.empty())
                    : Download.of(
                            Optional.of(answer.get().decoded(new ResumingBody(transport, url, answer.get()), url)));
        }
        boolean begun = false;
        try {
            Download download = begin(url, part.get(), info.fileSize().orElse(0));
            begun = true;
            return download;
        } finally {
            if (!begun) {
                part.get().close();
            }
        }
    }

    /** Goes on with what the part has, if the server still has that file, or else begins anew. */
    private Download begin(URI url, DownloadPart part, long size) throws IOException {
        DownloadPart.Version version = part.version();
        long kept = part.length();
        if (kept == size && version.encoding().equals(ContentEncoding.IDENTITY)) {
            InputStream whole = new SpooledBody(part, InputStream.nullInputStream());
            return new Download(Optional.of(whole), kept, Optional.of(part));
        }
        Optional<HttpAnswer> answer = transport.begin(url, kept < size ? kept : 0, version.validator());
        if (answer.isEmpty()) {
            return new Download(Optional.empty(), 0, Optional.of(part));
        }
        HttpAnswer first = answer.get();
        if (kept > 0 && first.offset() == kept && versionOf(first).equals(version)) {
            return body(url, first, part, kept);
        }
        if (first.offset() > 0) {
            first.body().close();
            first = transport
                    .begin(url, 0, "")
                    .orElseThrow(
                            () -> new TransportException(Kind.UNAVAILABLE, url + " vanished while it was read", false));
        }
        part.begin(versionOf(first));
        return body(url, first, part, 0);
    }

    private static DownloadPart.Version versionOf(HttpAnswer answer) {
        return new DownloadPart.Version(answer.validator(), answer.encoding());
    }

    private Download body(URI url, HttpAnswer answer, DownloadPart part, long kept) throws IOException {
        InputStream whole = new SpooledBody(part, new ResumingBody(transport, url, answer));
        return new Download(Optional.of(answer.decoded(whole, url)), kept, Optional.of(part));
    }
}
