package dev.berth.store;

import dev.berth.nix.PathInfo;
import dev.berth.nix.nar.NarSink;
import java.io.IOException;

/** One path from one store into another. */
final class Transfer {
    private Transfer() {}

    /** @param untrusted whether the source may lie, so that a content address is proved by the content */
    static void run(Store from, PathInfo info, Store to, boolean untrusted, CopyProgress progress) {
        progress.started(info, from.uri());
        long[] moved = {0};
        boolean done = false;
        try {
            to.add(info, sink -> {
                Counting counting = new Counting(sink, progress);
                try {
                    from.nar(info.path(), counting);
                } finally {
                    moved[0] = counting.moved;
                }
            });
            done = true;
        } finally {
            progress.transferred((done ? info.narSize() : 0) - moved[0]);
        }
        progress.finished(info, from.uri());
    }

    /** Passes everything on and tells the progress of the contents. */
    private static final class Counting implements NarSink {
        private final NarSink sink;
        private final CopyProgress progress;
        private long moved;

        Counting(NarSink sink, CopyProgress progress) {
            this.sink = sink;
            this.progress = progress;
        }

        @Override
        public void startDirectory() throws IOException {
            sink.startDirectory();
        }

        @Override
        public void entry(byte[] name) throws IOException {
            sink.entry(name);
        }

        @Override
        public void endDirectory() throws IOException {
            sink.endDirectory();
        }

        @Override
        public void startFile(boolean executable, long size) throws IOException {
            sink.startFile(executable, size);
        }

        @Override
        public void contents(byte[] buffer, int offset, int length) throws IOException {
            sink.contents(buffer, offset, length);
            moved += length;
            progress.transferred(length);
        }

        @Override
        public void endFile() throws IOException {
            sink.endFile();
        }

        @Override
        public void symlink(byte[] target) throws IOException {
            sink.symlink(target);
        }
    }
}
