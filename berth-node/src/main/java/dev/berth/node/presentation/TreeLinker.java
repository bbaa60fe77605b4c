package dev.berth.node.presentation;

import dev.berth.linux.Directory;
import dev.berth.linux.FileType;
import dev.berth.linux.LinuxException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Shows trees of the store as they are: directories made anew with canonical metadata, files and symbolic links by
 * {@link FileLinks}. Works for a crew, which its directories are offered to.
 */
final class TreeLinker {
    private static final int CANONICAL = 0555;

    private final Crew crew;
    private final FileLinks files;
    private final int making;

    /** @param superuser whether this process may write in directories that nobody may write in */
    TreeLinker(Crew crew, FileLinks files, boolean superuser) {
        this.crew = crew;
        this.files = files;
        this.making = superuser ? CANONICAL : CANONICAL | 0700;
    }

    /** Shows an entry of one directory in another, with all below it; that may happen after this returns. */
    void show(Directory from, byte[] name, FileType type, Directory to) throws IOException {
        if (type == FileType.DIRECTORY) {
            make(to, name);
            fill(from, name, to, name);
        } else {
            showFile(from, name, type, to, name);
        }
    }

    /** Shows what is no directory. */
    void showFile(Directory from, byte[] name, FileType type, Directory to, byte[] newName) throws IOException {
        if (type == FileType.SPECIAL) {
            throw new IOException("there is a file in the store at " + from
                    + " that is neither regular, nor a directory," + " nor a symbolic link");
        }
        files.show(from, name, to, newName);
    }

    /** Makes a directory that is to be filled and then {@link #finish}ed. */
    void make(Directory in, byte[] name) throws LinuxException {
        in.makeDirectory(name, making);
    }

    /** Gives a directory that nothing is made in any more its canonical metadata. */
    void finish(Directory made) throws LinuxException {
        // The umask, or that root is another user, may have changed what was asked for.
        if (made.stat().permissions() != CANONICAL) {
            made.setPermissions(CANONICAL);
        }
        made.setModified(FileLinks.CANONICAL_TIME);
    }

    /** Has this thread or another fill a directory that was made. */
    private void fill(Directory from, byte[] name, Directory to, byte[] newName) throws IOException {
        Directory source = from.openDirectory(name);
        Directory made;
        try {
            made = to.openDirectory(newName);
        } catch (LinuxException e) {
            source.close();
            throw e;
        }
        Fill fill = new Fill(source, made);
        if (!crew.offer(fill)) {
            fill.run();
        }
    }

    private final class Fill implements Crew.Task {
        private final Directory from;
        private final Directory to;

        Fill(Directory from, Directory to) {
            this.from = from;
            this.to = to;
        }

        @Override
        public void run() throws IOException {
            try (from;
                    to) {
                List<byte[]> directories = new ArrayList<>();
                from.forEach((name, type, inode) -> {
                    if (crew.stopped()) {
                        return;
                    }
                    if (type == FileType.DIRECTORY) {
                        make(to, name);
                        directories.add(name);
                    } else {
                        showFile(from, name, type, to, name);
                    }
                });
                finish(to);
                for (byte[] name : directories) {
                    if (crew.stopped()) {
                        return;
                    }
                    fill(from, name, to, name);
                }
            }
        }

        @Override
        public void abandon() {
            try (from;
                    to) {
                // Nothing more to do.
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
