package dev.berth.run;

/** Permissions as numbers, such as 0644. */
final class FileModes {
    private FileModes() {}

    /** The lower nine bits as {@code rw-r--r--}. */
    static String text(int mode) {
        StringBuilder text = new StringBuilder(9);
        for (int bit = 8; bit >= 0; bit--) {
            text.append((mode >> bit & 1) == 1 ? "xwr".charAt(bit % 3) : '-');
        }
        return text.toString();
    }
}
