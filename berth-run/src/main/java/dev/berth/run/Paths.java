package dev.berth.run;

import java.util.ArrayList;
import java.util.List;

/** Paths as manifests write them; they are not looked up here. */
final class Paths {
    private static final int MAX_COMPONENT = 255;
    private static final int MAX_PATH = 4095;

    private Paths() {}

    /** The components of a path, without empty ones and {@code .}. */
    static List<String> components(String path) {
        List<String> components = new ArrayList<>();
        for (String part : path.split("/", -1)) {
            if (!part.isEmpty() && !part.equals(".")) {
                components.add(part);
            }
        }
        return components;
    }

    /** @throws RunException unless it is relative, names something and has no {@code ..} */
    static void requireInside(String path, String where) {
        requireSane(path, where);
        if (path.startsWith("/") || components(path).isEmpty()) {
            throw RunException.failed(where + ": '" + path + "' is not a relative path");
        }
    }

    /** @throws RunException unless it is absolute and has no {@code ..} */
    static void requireAbsolute(String path, String where) {
        requireSane(path, where);
        if (!path.startsWith("/")) {
            throw RunException.failed(where + ": '" + path + "' is not an absolute path");
        }
    }

    private static void requireSane(String path, String where) {
        if (path.length() > MAX_PATH || path.indexOf('\0') >= 0) {
            throw RunException.failed(where + " is too long for a path or contains a NUL character");
        }
        for (String part : components(path)) {
            if (part.equals("..")) {
                throw RunException.failed(where + ": '" + path + "' may not contain '..'");
            }
            if (part.length() > MAX_COMPONENT) {
                throw RunException.failed(where + " has a name of more than " + MAX_COMPONENT + " characters");
            }
        }
    }
}
