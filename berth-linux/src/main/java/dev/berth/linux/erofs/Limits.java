package dev.berth.linux.erofs;

import dev.berth.linux.Names;
import java.io.IOException;
import java.util.Arrays;

/** What names and paths of an image may be. */
final class Limits {
    private static final int SHOWN = 100;

    private Limits() {}

    static void name(byte[] name) throws IOException {
        boolean good = name.length > 0
                && name.length <= ErofsWriter.MAX_NAME
                && !(name[0] == '.' && (name.length == 1 || (name.length == 2 && name[1] == '.')));
        for (int i = 0; good && i < name.length; i++) {
            good = name[i] != '/' && name[i] != 0;
        }
        if (!good) {
            throw new IOException("'" + shown(name) + "' cannot be the name of a file in an image: names have 1 to "
                    + ErofsWriter.MAX_NAME + " bytes without slash and NUL, and are neither . nor ..");
        }
    }

    static void path(String what, byte[] path) throws IOException {
        boolean good = path.length > 0 && path.length <= ErofsWriter.MAX_PATH;
        for (int i = 0; good && i < path.length; i++) {
            good = path[i] != 0;
        }
        if (!good) {
            throw new IOException(what + " has " + path.length + " bytes or a NUL in them, not 1 to "
                    + ErofsWriter.MAX_PATH + " without one: '" + shown(path) + "'");
        }
    }

    static void redirect(byte[] path) throws IOException {
        path("the path that an image redirects to", path);
        if (path[0] != '/') {
            throw new IOException("the path that an image redirects to is not absolute: '" + shown(path) + "'");
        }
    }

    private static String shown(byte[] bytes) {
        return bytes.length <= SHOWN ? Names.show(bytes) : Names.show(Arrays.copyOf(bytes, SHOWN)) + "…";
    }
}
