package dev.berth.linux;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * One mount, as a line of {@code /proc/PID/mountinfo} describes it (proc_pid_mountinfo(5)). Paths keep their bytes,
 * whatever the locale; {@link Names#bytes(Path)} gives them.
 *
 * @param id the mount's id, in use by one mount at a time
 * @param parent the id of the mount that it lies on; its own for the root of the namespace
 * @param device the file system's device, {@code major << 32 | minor}: what {@link FileStat#device()} says, but
 *     on btrfs, where that has a device of its own for each subvolume
 * @param root what of the file system is shown: a path from the file system's own root, or a word such as
 *     {@code net:[4026531833]}
 * @param deleted whether that was removed since, which the kernel writes as {@code //deleted} behind it
 * @param mountPoint where it is, from the root of the process
 * @param options the mount's own options, such as {@code ro}
 * @param tags the optional fields, such as {@code shared:1} or {@code master:2}
 * @param type the file system's type
 * @param source the device or another word; for people: bytes that are no UTF-8 are shown as {@code \xff}
 * @param superOptions the file system's options; for people, too
 */
public record MountInfo(
        int id,
        int parent,
        long device,
        Path root,
        boolean deleted,
        Path mountPoint,
        List<String> options,
        List<String> tags,
        String type,
        String source,
        List<String> superOptions) {
    private static final String DELETED = "//deleted";

    /** The lists are copied. */
    public MountInfo {
        options = List.copyOf(options);
        tags = List.copyOf(tags);
        superOptions = List.copyOf(superOptions);
    }

    /** Whether nothing can be written through this mount. */
    public boolean readOnly() {
        return options.contains("ro") || superOptions.contains("ro");
    }

    /**
     * Reads one line.
     *
     * @param line the line's bytes without its line feed
     * @throws IllegalArgumentException if it is none; the message says what is wrong with it
     */
    public static MountInfo parse(byte[] line) {
        // Latin-1 has one character a byte: fields are cut as text, and turned back to bytes where they are names.
        String[] fields = new String(line, StandardCharsets.ISO_8859_1).split(" ", -1);
        if (fields.length < 10) {
            throw bad(line, "has fewer than ten fields");
        }
        int separator = 6;
        while (separator < fields.length && !fields[separator].equals("-")) {
            separator++;
        }
        // Some file systems leave the last field empty; more than three are none.
        if (fields.length - separator != 4) {
            throw bad(line, "does not have three fields behind its hyphen");
        }
        String root = unescape(fields[3], line);
        boolean deleted = root.endsWith(DELETED);
        String mountPoint = unescape(fields[4], line);
        if (!mountPoint.startsWith("/")) {
            throw bad(line, "has a mount point that does not start with a slash");
        }
        if (root.isEmpty()) {
            throw bad(line, "has no root");
        }
        return new MountInfo(
                number(fields[0], line),
                number(fields[1], line),
                device(fields[2], line),
                path(deleted ? root.substring(0, root.length() - DELETED.length()) : root, line),
                deleted,
                path(mountPoint, line),
                words(fields[5]),
                tags(fields, separator),
                unescape(fields[separator + 1], line),
                shown(unescape(fields[separator + 2], line)),
                words(shown(fields[separator + 3])));
    }

    private static List<String> tags(String[] fields, int separator) {
        List<String> tags = new ArrayList<>();
        for (int i = 6; i < separator; i++) {
            if (!fields[i].isEmpty()) {
                tags.add(fields[i]);
            }
        }
        return tags;
    }

    private static List<String> words(String options) {
        return options.isEmpty() ? List.of() : List.of(options.split(",", -1));
    }

    private static int number(String field, byte[] line) {
        if (!isNumber(field)) {
            throw bad(line, "has an id that is no number");
        }
        return Integer.parseInt(field);
    }

    private static long device(String field, byte[] line) {
        int colon = field.indexOf(':');
        if (colon < 0 || !isNumber(field.substring(0, colon)) || !isNumber(field.substring(colon + 1))) {
            throw bad(line, "has a device that is not MAJOR:MINOR");
        }
        return (Long.parseLong(field.substring(0, colon)) << 32) | Long.parseLong(field.substring(colon + 1));
    }

    private static boolean isNumber(String field) {
        // Nine digits always fit, and the kernel's ids and device numbers are below them.
        boolean digits = !field.isEmpty() && field.length() <= 9;
        for (int i = 0; digits && i < field.length(); i++) {
            digits = field.charAt(i) >= '0' && field.charAt(i) <= '9';
        }
        return digits;
    }

    /** Undoes {@code \040} and its like: three octal digits below 0400. */
    static String unescape(String field, byte[] line) {
        int at = field.indexOf('\\');
        if (at < 0) {
            return field;
        }
        StringBuilder plain = new StringBuilder(field.length());
        plain.append(field, 0, at);
        while (at < field.length()) {
            char c = field.charAt(at++);
            if (c != '\\') {
                plain.append(c);
                continue;
            }
            int value = 0;
            for (int i = 0; i < 3; i++, at++) {
                if (at >= field.length() || field.charAt(at) < '0' || field.charAt(at) > '7') {
                    throw bad(line, "has a backslash without three octal digits");
                }
                value = value * 8 + (field.charAt(at) - '0');
            }
            if (value > 0xff) {
                throw bad(line, "has an octal number beyond a byte");
            }
            plain.append((char) value);
        }
        return plain.toString();
    }

    private static Path path(String latin, byte[] line) {
        if (latin.indexOf('\0') >= 0) {
            throw bad(line, "has a NUL in a path");
        }
        return Names.path((latin.isEmpty() ? "/" : latin).getBytes(StandardCharsets.ISO_8859_1));
    }

    private static String shown(String latin) {
        return Names.show(latin.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static IllegalArgumentException bad(byte[] line, String what) {
        String shown = Names.show(line);
        return new IllegalArgumentException(
                "mountinfo line '" + (shown.length() > 200 ? shown.substring(0, 200) + "…" : shown) + "' " + what);
    }
}
