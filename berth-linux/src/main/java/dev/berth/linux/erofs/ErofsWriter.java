package dev.berth.linux.erofs;

import dev.berth.linux.Names;
import dev.berth.linux.OpenFile;
import dev.berth.linux.erofs.Inode.Attribute;
import dev.berth.linux.erofs.Inode.Layout;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Writes an EROFS image of a tree that is told depth first: {@link #directory} enters a directory, {@link #leave} leaves it, entries may come in any
 * order, {@link #finish} ends the root. It holds the entries of the directories that are entered, and a block, but no more of the tree. All inodes
 * belong to user and group 0 and have one time. The same calls give the same bytes.
 *
 * <p>A <em>redirected</em> directory or file has no content of its own: in an overlay with the options {@code metacopy=on} and {@code redirect_dir=on}
 * whose lower layers are this image and, below it, another directory, it shows what that has at the path told here (Linux,
 * Documentation/filesystems/overlayfs.rst). Mounted alone, such a directory is empty and such a file reads as zeros.
 *
 * <p>An exception leaves a file that is no image. One thread.
 */
public final class ErofsWriter {
    /** The longest name of a file, in bytes. */
    public static final int MAX_NAME = 255;

    /** The longest target of a symbolic link and the longest path to redirect to, in bytes. */
    public static final int MAX_PATH = 4095;

    /** The most entries of one directory: all are held in memory while it is written. */
    public static final int MAX_ENTRIES = 1 << 20;

    /** The largest redirected file, 8 TiB: what one chunk can be. */
    public static final long MAX_REDIRECTED = 1L << 43;

    static final int REGULAR = 1;
    static final int DIRECTORY = 2;
    static final int SYMLINK = 7;

    private static final int MAGIC = 0xE0F5E1E2;
    private static final int SUPERBLOCK = 1024;
    private static final int SUPERBLOCK_SIZE = 128;
    private static final int BLOCK_BITS = 12;
    private static final int COMPATIBLE_CHECKSUM = 1;
    private static final int INCOMPATIBLE_CHUNKS = 4;
    private static final byte[] NOTHING = {};
    private static final byte[] HOLE = {-1, -1, -1, -1};

    // The superblock has two bytes for the number of the root, so its inode is the first and its entries, known last,
    // are elsewhere.
    private static final int ROOT = SUPERBLOCK + SUPERBLOCK_SIZE;

    private final BlockFile file;
    private final long time;
    private final Deque<Level> levels = new ArrayDeque<>();
    private int inodes;
    private boolean chunks;
    private boolean finished;

    /** A directory that was entered. */
    private static final class Level {
        final byte[] name;
        final int permissions;
        final List<Attribute> attributes;
        final DirectoryData entries = new DirectoryData();

        /** Where the directories in it name it as the one above. */
        final List<Long> parentOf = new ArrayList<>();

        Level(byte[] name, int permissions, List<Attribute> attributes) {
            this.name = name;
            this.permissions = permissions;
            this.attributes = attributes;
        }
    }

    /**
     * @param to an empty file, open for writing, the caller's to close
     * @param time when everything in it was changed last, in seconds since 1970
     * @param permissions of the root
     */
    public ErofsWriter(OpenFile to, long time, int permissions) {
        this.file = new BlockFile(to, ROOT + Inode.EXTENDED);
        this.time = time;
        levels.push(new Level(NOTHING, permissions, List.of()));
    }

    /** Enters a new directory. */
    public void directory(byte[] name, int permissions) throws IOException {
        enter(name, permissions, List.of());
    }

    /** As {@link #directory}; in an overlay it hides what lower layers have under its name. */
    public void opaqueDirectory(byte[] name, int permissions) throws IOException {
        enter(name, permissions, List.of(new Attribute("overlay.opaque", new byte[] {'y'})));
    }

    /**
     * As {@link #directory}; in an overlay it shows what the layers below have at {@code path}, with what is entered here in front.
     *
     * @param path absolute, from the root of those layers
     */
    public void redirectedDirectory(byte[] name, int permissions, byte[] path) throws IOException {
        enter(name, permissions, List.of(redirect(path)));
    }

    private void enter(byte[] name, int permissions, List<Attribute> attributes) throws IOException {
        check(name);
        levels.push(new Level(name.clone(), permissions, attributes));
    }

    /** Leaves the directory entered last. */
    public void leave() throws IOException {
        if (levels.size() < 2) {
            throw new IllegalStateException("no directory of the image is entered");
        }
        Level level = levels.pop();
        DirectoryData.Built data = level.entries.build();
        long links = 2L + level.parentOf.size();
        boolean extended = Inode.needsExtended(data.bytes.length, links);
        int tail = data.bytes.length % BlockFile.SIZE;
        boolean inlined = tail > 0 && Inode.headerSize(extended, level.attributes) + tail <= BlockFile.SIZE;
        int whole = inlined ? data.bytes.length - tail : data.bytes.length;
        long run = whole == 0 ? 0 : file.run((whole + BlockFile.SIZE - 1L) / BlockFile.SIZE);
        byte[] inline = inlined ? Arrays.copyOfRange(data.bytes, whole, data.bytes.length) : NOTHING;
        long begin = put(
                new Inode(
                        Inode.DIRECTORY,
                        level.permissions,
                        links,
                        data.bytes.length,
                        inlined ? Layout.INLINE : Layout.PLAIN,
                        run,
                        level.attributes,
                        inline),
                extended);
        file.write(run * BlockFile.SIZE, data.bytes, whole);
        long behind = begin + Inode.headerSize(extended, level.attributes) - whole;
        file.patch(data.self + (data.self < whole ? run * BlockFile.SIZE : behind), begin / BlockFile.SLOT);
        levels.element().parentOf.add(data.parent + (data.parent < whole ? run * BlockFile.SIZE : behind));
        tellParent(level, begin);
        add(level.name, begin, DIRECTORY);
    }

    private void tellParent(Level level, long begin) throws IOException {
        for (long position : level.parentOf) {
            file.patch(position, begin / BlockFile.SLOT);
        }
    }

    /** A symbolic link; the target is 1 to {@value #MAX_PATH} bytes without NUL. */
    public void symlink(byte[] name, byte[] target) throws IOException {
        check(name);
        Limits.path("the target of a symbolic link", target);
        int header = Inode.headerSize(false, List.of());
        if (header + target.length <= BlockFile.SIZE) {
            Inode inode = new Inode(Inode.SYMLINK, 0777, 1, target.length, Layout.INLINE, 0, List.of(), target);
            add(name, put(inode, false), SYMLINK);
        } else {
            long run = file.run(1);
            file.write(run * BlockFile.SIZE, target, target.length);
            Inode inode = new Inode(Inode.SYMLINK, 0777, 1, target.length, Layout.PLAIN, run, List.of(), NOTHING);
            add(name, put(inode, false), SYMLINK);
        }
    }

    /**
     * A file whose content is in the image.
     *
     * @param size how much is read of the content
     * @throws EOFException if it is shorter
     */
    public void file(byte[] name, int permissions, long size, InputStream content) throws IOException {
        check(name);
        boolean extended = Inode.needsExtended(size, 1);
        Inode inode;
        if (size > 0 && Inode.headerSize(extended, List.of()) + size <= BlockFile.SIZE) {
            byte[] inline = content.readNBytes((int) size);
            if (inline.length < size) {
                throw new EOFException("a file for an image ended after " + inline.length + " of " + size + " bytes");
            }
            inode = new Inode(Inode.REGULAR, permissions, 1, size, Layout.INLINE, 0, List.of(), inline);
        } else {
            long count = (size + BlockFile.SIZE - 1) / BlockFile.SIZE;
            long run = count == 0 ? 0 : file.run(count);
            file.copy(run * BlockFile.SIZE, content, size);
            inode = new Inode(Inode.REGULAR, permissions, 1, size, Layout.PLAIN, run, List.of(), NOTHING);
        }
        add(name, put(inode, extended), REGULAR);
    }

    /**
     * A file that, in an overlay, has the content of the one that the layers below have at {@code path}.
     *
     * @param size of that file: what stat(2) tells; up to {@link #MAX_REDIRECTED}
     * @param path absolute, from the root of those layers
     */
    public void redirectedFile(byte[] name, int permissions, long size, byte[] path) throws IOException {
        check(name);
        if (size < 0 || size > MAX_REDIRECTED) {
            throw new IOException("file '" + Names.show(name) + "' has " + size + " bytes; an image can show up to "
                    + MAX_REDIRECTED + " of a file of another layer");
        }
        List<Attribute> attributes = List.of(new Attribute("overlay.metacopy", NOTHING), redirect(path));
        Inode inode;
        if (size == 0) {
            inode = new Inode(Inode.REGULAR, permissions, 1, 0, Layout.PLAIN, 0, attributes, NOTHING);
        } else {
            // One hole as long as the file.
            int bits = Math.max(BLOCK_BITS, Long.SIZE - Long.numberOfLeadingZeros(size - 1));
            inode = new Inode(Inode.REGULAR, permissions, 1, size, Layout.CHUNKS, bits - BLOCK_BITS, attributes, HOLE);
            chunks = true;
        }
        add(name, put(inode, Inode.needsExtended(size, 1)), REGULAR);
    }

    /** Ends the root and writes the superblock: the image is complete, but not synced. */
    public void finish() throws IOException {
        if (levels.size() != 1 || finished) {
            throw new IllegalStateException(
                    finished ? "the image is finished" : "a directory of the image is not left");
        }
        finished = true;
        Level root = levels.element();
        DirectoryData.Built data = root.entries.build();
        ByteBuffer entries = ByteBuffer.wrap(data.bytes).order(ByteOrder.LITTLE_ENDIAN);
        entries.putLong(data.self, ROOT / BlockFile.SLOT).putLong(data.parent, ROOT / BlockFile.SLOT);
        long run = file.run((data.bytes.length + BlockFile.SIZE - 1L) / BlockFile.SIZE);
        file.write(run * BlockFile.SIZE, data.bytes, data.bytes.length);
        tellParent(root, ROOT);
        Inode inode = new Inode(
                Inode.DIRECTORY,
                root.permissions,
                2L + root.parentOf.size(),
                data.bytes.length,
                Layout.PLAIN,
                run,
                List.of(),
                NOTHING);
        System.arraycopy(inode.bytes(true, ++inodes, time), 0, file.first(), ROOT, Inode.EXTENDED);
        writeSuperblock(ByteBuffer.wrap(file.first()).order(ByteOrder.LITTLE_ENDIAN));
        file.finish();
    }

    private void writeSuperblock(ByteBuffer block) {
        block.position(SUPERBLOCK);
        block.putInt(MAGIC).putInt(0).putInt(COMPATIBLE_CHECKSUM);
        block.put((byte) BLOCK_BITS).put((byte) 0).putShort((short) (ROOT / BlockFile.SLOT));
        block.putLong(inodes).putLong(time).putInt(0).putInt((int) file.blocks());
        // Inodes are counted from the first block on, there is no table of attributes, and neither id nor label.
        block.putInt(SUPERBLOCK + 80, chunks ? INCOMPATIBLE_CHUNKS : 0);
        CRC32C checksum = new CRC32C();
        checksum.update(file.first(), SUPERBLOCK, BlockFile.SIZE - SUPERBLOCK);
        // The kernel's has its bits not inverted at the end.
        block.putInt(SUPERBLOCK + Integer.BYTES, ~(int) checksum.getValue());
    }

    private long put(Inode inode, boolean extended) throws IOException {
        return file.put(inode.bytes(extended, ++inodes, time));
    }

    private void add(byte[] name, long begin, int type) {
        levels.element().entries.add(name, begin / BlockFile.SLOT, type);
    }

    private void check(byte[] name) throws IOException {
        if (finished) {
            throw new IllegalStateException("the image is finished");
        }
        Limits.name(name);
        if (levels.element().entries.count() >= MAX_ENTRIES) {
            throw new IOException("a directory of an image cannot have more than " + MAX_ENTRIES + " entries: '"
                    + Names.show(name) + "' is one too many");
        }
    }

    private static Attribute redirect(byte[] path) throws IOException {
        Limits.redirect(path);
        return new Attribute("overlay.redirect", path.clone());
    }
}
