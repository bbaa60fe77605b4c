package dev.berth.store.local;

import dev.berth.linux.Directory;
import dev.berth.linux.FileType;
import dev.berth.linux.LinuxException;
import dev.berth.linux.Names;
import dev.berth.linux.OpenFile;
import dev.berth.nix.nar.NarSink;
import dev.berth.nix.nar.NarSource;
import dev.berth.nix.nar.TeeSink;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The trees in the real store dir, by base name. */
final class StoreFiles {
    private static final Logger LOG = LoggerFactory.getLogger(StoreFiles.class);

    private final Directory store;

    StoreFiles(Directory store) {
        this.store = store;
    }

    Directory directory() {
        return store;
    }

    boolean exists(String baseName) throws LinuxException {
        return store.statIfExists(Names.bytes(baseName)).isPresent();
    }

    /** Writes a tree with canonical metadata, and tells it to the checks as well. */
    void write(String baseName, NarSource nar, NarSink checks) throws IOException {
        try (Writer writer = new Writer(store, Names.bytes(baseName))) {
            nar.sendTo(new TeeSink(writer, checks));
        }
    }

    /** Tells a tree. */
    void dump(String baseName, NarSink sink) throws IOException {
        dump(store, Names.bytes(baseName), sink);
    }

    private static void dump(Directory parent, byte[] name, NarSink sink) throws IOException {
        var stat = parent.stat(name);
        switch (stat.type()) {
            case REGULAR -> {
                sink.startFile((stat.permissions() & 0100) != 0, stat.size());
                byte[] buffer = new byte[1 << 16];
                try (OpenFile file = parent.openFile(name)) {
                    for (int n = file.read(buffer, 0, buffer.length); n > 0; n = file.read(buffer, 0, buffer.length)) {
                        sink.contents(buffer, 0, n);
                    }
                }
                sink.endFile();
            }
            case SYMLINK -> sink.symlink(parent.readLink(name));
            case DIRECTORY -> {
                sink.startDirectory();
                try (Directory directory = parent.openDirectory(name)) {
                    for (var entry : directory.entries()) {
                        sink.entry(entry.name());
                        dump(directory, entry.name(), sink);
                    }
                }
                sink.endDirectory();
            }
            case SPECIAL -> throw new IOException("'" + Names.show(name) + "' is no file, directory or link");
        }
    }

    /** Removes a tree if it is there; the bytes of the files whose last hard link went. */
    long remove(String baseName) throws IOException {
        byte[] name = Names.bytes(baseName);
        return store.statIfExists(name).isEmpty() ? 0 : remove(store, name);
    }

    private static long remove(Directory parent, byte[] name) throws IOException {
        var stat = parent.stat(name);
        if (stat.type() != FileType.DIRECTORY) {
            parent.unlink(name);
            return stat.links() == 1 ? stat.size() : 0;
        }
        long freed = 0;
        try (Directory directory = parent.openDirectory(name)) {
            directory.setPermissions(0700);
            for (var entry : directory.entries()) {
                freed += remove(directory, entry.name());
            }
        }
        parent.removeDirectory(name);
        return freed;
    }

    /** Removes what a failed addition has written; the failure itself is what the caller hears of. */
    void removeQuietly(String baseName) {
        try {
            remove(baseName);
        } catch (IOException e) {
            LOG.warn("removing what was written of '{}': {}", baseName, e.getMessage());
        }
    }

    private static final class Writer implements NarSink, AutoCloseable {
        private final Deque<Directory> open = new ArrayDeque<>();
        private final Deque<byte[]> names = new ArrayDeque<>();
        private final Directory top;
        private byte[] name;
        private boolean executable;
        private @org.jspecify.annotations.Nullable OpenFile file;

        Writer(Directory top, byte[] name) {
            this.top = top;
            this.name = name;
        }

        private Directory here() {
            Directory last = open.peek();
            return last == null ? top : last;
        }

        @Override
        public void startDirectory() throws IOException {
            here().makeDirectory(name, 0700);
            open.push(here().openDirectory(name));
            names.push(name);
        }

        @Override
        public void entry(byte[] entry) {
            name = entry.clone();
        }

        @Override
        public void endDirectory() throws IOException {
            try (Directory done = open.pop()) {
                names.pop();
                done.setPermissions(0555);
                done.setModified(1);
            }
        }

        @Override
        public void startFile(boolean exec, long size) throws IOException {
            file = here().createFile(name, 0600);
            executable = exec;
        }

        @Override
        public void contents(byte[] buffer, int offset, int length) throws IOException {
            if (file != null) {
                file.write(buffer, offset, length);
            }
        }

        @Override
        public void endFile() throws IOException {
            if (file != null) {
                file.setPermissions(executable ? 0555 : 0444);
                file.setModified(1);
                file.close();
                file = null;
            }
        }

        @Override
        public void symlink(byte[] target) throws IOException {
            here().symlink(target, name);
            here().setModified(name, 1);
        }

        @Override
        public void close() throws IOException {
            if (file != null) {
                file.close();
            }
            while (!open.isEmpty()) {
                open.pop().close();
            }
        }
    }
}
