package dev.berth.linux.erofs;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * An inode in the image's bytes: the fixed part, extended attributes, and what is inlined behind them. User and group are 0.
 */
final class Inode {
    static final int REGULAR = 0x8000;
    static final int DIRECTORY = 0x4000;
    static final int SYMLINK = 0xa000;

    /** The bytes of the larger form. */
    static final int EXTENDED = 64;

    private static final int COMPACT = 32;
    private static final int ATTRIBUTES_HEADER = 12;
    private static final int TRUSTED = 4;

    /** Where the data of an inode are. */
    enum Layout {
        /** In blocks that follow each other. */
        PLAIN(0),
        /** As plain, but what is left of the last block stands behind the inode. */
        INLINE(2),
        /** In chunks, whose places stand behind the inode. */
        CHUNKS(4);

        private final int number;

        Layout(int number) {
            this.number = number;
        }
    }

    private final int type;
    private final int permissions;
    private final long links;
    private final long size;
    private final Layout layout;
    private final int place;
    private final List<Attribute> attributes;
    private final byte[] inline;

    /**
     * @param type the type bits of its mode
     * @param layout where its data are
     * @param place of them, as the layout has it: the first block, or the form of the chunks
     * @param inline what follows the attributes
     */
    Inode(
            int type,
            int permissions,
            long links,
            long size,
            Layout layout,
            long place,
            List<Attribute> attributes,
            byte[] inline) {
        this.type = type;
        this.permissions = permissions;
        this.links = links;
        this.size = size;
        this.layout = layout;
        this.place = (int) place;
        this.attributes = attributes;
        this.inline = inline;
    }

    /** An extended attribute of the {@code trusted} kind. */
    static final class Attribute {
        private final String name;
        private final byte[] value;

        /** @param name without {@code trusted.} */
        Attribute(String name, byte[] value) {
            this.name = name;
            this.value = value;
        }

        int size() {
            return (4 + name.length() + value.length + 3) / 4 * 4;
        }

        void write(ByteBuffer to) {
            int end = to.position() + size();
            to.put((byte) name.length()).put((byte) TRUSTED).putShort((short) value.length);
            to.put(name.getBytes(StandardCharsets.US_ASCII)).put(value);
            to.position(end);
        }
    }

    /** How many bytes an inode with these attributes has in front of what is inlined. */
    static int headerSize(boolean extended, List<Attribute> attributes) {
        int size = extended ? EXTENDED : COMPACT;
        if (!attributes.isEmpty()) {
            size += ATTRIBUTES_HEADER;
            for (Attribute attribute : attributes) {
                size += attribute.size();
            }
        }
        return size;
    }

    /** Whether the small form is too small for this. */
    static boolean needsExtended(long size, long links) {
        return size > 0xffff_ffffL || links > 0xffff;
    }

    /**
     * The bytes.
     *
     * @param number counts the inodes
     * @param time of its last change; the small form has none of its own and takes the image's
     */
    byte[] bytes(boolean extended, int number, long time) {
        int header = headerSize(extended, attributes);
        byte[] bytes = new byte[header + inline.length];
        ByteBuffer to = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int attributeSize = header - (extended ? EXTENDED : COMPACT);
        to.putShort((short) (layout.number << 1 | (extended ? 1 : 0)));
        to.putShort((short) (attributeSize == 0 ? 0 : (attributeSize - ATTRIBUTES_HEADER) / 4 + 1));
        to.putShort((short) (type | permissions));
        if (extended) {
            to.putShort((short) 0)
                    .putLong(size)
                    .putInt(place)
                    .putInt(number)
                    .putInt(0)
                    .putInt(0);
            to.putLong(time).putInt(0).putInt((int) links);
        } else {
            to.putShort((short) links)
                    .putInt((int) size)
                    .putInt(0)
                    .putInt(place)
                    .putInt(number);
        }
        to.position(header - attributeSize);
        if (attributeSize > 0) {
            to.position(to.position() + ATTRIBUTES_HEADER);
            attributes.forEach(attribute -> attribute.write(to));
        }
        to.put(inline);
        return bytes;
    }
}
