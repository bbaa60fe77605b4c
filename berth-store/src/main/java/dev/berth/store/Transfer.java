package dev.berth.store;

import dev.berth.nix.PathInfo;
import dev.berth.nix.nar.NarSink;
import dev.berth.nix.nar.NarSource;
import dev.berth.store.cache.BinaryCache;
import java.io.IOException;

/** One path from one store into another. */
final class Transfer {
    private Transfer() {}

    /** Where a path goes to: {@link Store#add} or something like it. */
    @FunctionalInterface
    interface Destination {
        void add(PathInfo info, NarSource nar);
    }

    static void run(Store from, PathInfo info, Destination to, CopyProgress progress) {
        progress.started(info, from.uri());
        long[] moved = {0};
        boolean done = false;
        try {
            to.add(info, sink -> {
                Counting counting = new Counting(sink, progress);
                try {
                    tell(from, info, counting, progress);
                } catch (SinkFailure e) {
                    throw e.failure;
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

    private static void tell(Store from, PathInfo info, NarSink sink, CopyProgress progress) {
        if (from instanceof BinaryCache cache) {
            cache.nar(info.path(), sink, (more, bytes, of) -> progress.downloaded(info, more, bytes, of));
        } else {
            from.nar(info.path(), sink);
        }
    }

    /** Carries what the destination threw past the source, which must not take it for its own failure. */
    private static final class SinkFailure extends RuntimeException {
        private final transient IOException failure;

        SinkFailure(IOException failure) {
            super(failure);
            this.failure = failure;
        }
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
        public void startDirectory() {
            try {
                sink.startDirectory();
            } catch (IOException e) {
                throw new SinkFailure(e);
            }
        }

        @Override
        public void entry(byte[] name) {
            try {
                sink.entry(name);
            } catch (IOException e) {
                throw new SinkFailure(e);
            }
        }

        @Override
        public void endDirectory() {
            try {
                sink.endDirectory();
            } catch (IOException e) {
                throw new SinkFailure(e);
            }
        }

        @Override
        public void startFile(boolean executable, long size) {
            try {
                sink.startFile(executable, size);
            } catch (IOException e) {
                throw new SinkFailure(e);
            }
        }

        @Override
        public void contents(byte[] buffer, int offset, int length) {
            try {
                sink.contents(buffer, offset, length);
            } catch (IOException e) {
                throw new SinkFailure(e);
            }
            moved += length;
            progress.transferred(length);
        }

        @Override
        public void endFile() {
            try {
                sink.endFile();
            } catch (IOException e) {
                throw new SinkFailure(e);
            }
        }

        @Override
        public void symlink(byte[] target) {
            try {
                sink.symlink(target);
            } catch (IOException e) {
                throw new SinkFailure(e);
            }
        }
    }
}
