package dev.berth.linux;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A file system that is being configured (fsopen(2)): options are set one by one, without the length limit and the
 * comma quoting of mount(2), then {@link #mount} makes it. What the kernel says about a wrong option stands in the
 * exception.
 */
public final class FileSystemContext extends Descriptor {
    private static final int SET_FLAG = 0;
    private static final int SET_STRING = 1;
    private static final int SET_FD = 5;
    private static final int CREATE = 6;

    private final String type;

    private FileSystemContext(int number, String type) {
        super(number);
        this.type = type;
    }

    /** Starts a file system of this type; ENODEV if the kernel knows none. */
    public static FileSystemContext of(String type) throws LinuxException {
        try (Scratch s = Scratch.take()) {
            int fd = MountCalls.fsopen(s, s.first(Names.bytes(type)));
            if (fd < 0) {
                throw new LinuxException(new Errno(-fd), "fsopen", type);
            }
            return new FileSystemContext(fd, type);
        }
    }

    /** Sets an option without a value, such as {@code ro}. */
    public FileSystemContext flag(String key) throws LinuxException {
        return set(SET_FLAG, key, null, 0, key);
    }

    /** Sets an option to a word, such as {@code size} to {@code 1m}. */
    public FileSystemContext option(String key, String value) throws LinuxException {
        return set(SET_STRING, key, Names.bytes(value), 0, key + "=" + value);
    }

    /** Sets an option to a path, such as {@code source}; up to 255 bytes, the kernel's limit for words. */
    public FileSystemContext option(String key, Path value) throws LinuxException {
        return set(SET_STRING, key, Names.bytes(value), 0, key + "=" + Mounts.show(value));
    }

    /** Sets an option to an open file or mount, such as {@code lowerdir+} of overlays (Linux 6.13). */
    public FileSystemContext option(String key, Descriptor value) throws LinuxException {
        return set(SET_FD, key, null, value.open(), key + "=" + value);
    }

    private FileSystemContext set(int command, String key, byte @Nullable [] value, int aux, String subject)
            throws LinuxException {
        try (Scratch s = Scratch.take()) {
            long first = s.first(Names.bytes(key));
            long second = value == null ? 0 : s.second(value);
            configured(MountCalls.fsconfig(s, open(), command, first, second, aux), subject);
            return this;
        }
    }

    /** Makes the file system and a mount of it, not attached yet. Once. */
    public DetachedMount mount(Set<MountAttribute> attributes) throws LinuxException {
        try (Scratch s = Scratch.take()) {
            configured(MountCalls.fsconfig(s, open(), CREATE, 0, 0, 0), "");
            int fd = MountCalls.fsmount(s, open(), MountAttribute.attributes(attributes));
            if (fd < 0) {
                throw new LinuxException(new Errno(-fd), "fsmount", type + log());
            }
            return new DetachedMount(fd);
        }
    }

    private void configured(int result, String subject) throws LinuxException {
        if (result < 0) {
            throw new LinuxException(
                    new Errno(-result), "fsconfig", type + (subject.isEmpty() ? "" : " " + subject) + log());
        }
    }

    /** The errors in the context's log, each read of which is one message with a letter for its level in front. */
    private String log() throws LinuxException {
        StringBuilder text = new StringBuilder();
        try (Scratch s = Scratch.takeLarge()) {
            // The kernel keeps at most eight messages.
            for (int i = 0; i < 8; i++) {
                int n = DescriptorCalls.read(s, open(), s.data(), 4096);
                if (n <= 0) {
                    break;
                }
                byte[] line = new byte[n];
                s.dataTo(0, line, 0, n);
                String message = Names.show(
                        new String(line, StandardCharsets.ISO_8859_1).strip().getBytes(StandardCharsets.ISO_8859_1));
                if (message.startsWith("e ")) {
                    text.append(text.isEmpty() ? " (" : ", ").append(message.substring(2));
                }
            }
        }
        return text.isEmpty() ? "" : text.append(')').toString();
    }
}
