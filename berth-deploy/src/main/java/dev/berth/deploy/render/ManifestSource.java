package dev.berth.deploy.render;

import java.nio.file.Path;

/** What is rendered. */
public sealed interface ManifestSource {
    /** What of its value is taken: names with dots between; empty for all of it. */
    String attribute();

    /** What to call it in messages. */
    String shown();

    /**
     * A file.
     *
     * @param path {@code .nix}, {@code .json} or {@code .yaml}
     * @param attribute of a Nix file only
     */
    record OfFile(Path path, String attribute) implements ManifestSource {
        @Override
        public String shown() {
            return path.toString();
        }
    }

    /**
     * A flake.
     *
     * @param reference as Nix takes it; a directory of this machine as an absolute path
     * @param attribute looked for in the outputs that {@code nix/render.nix} names; {@code default} if empty
     */
    record OfFlake(String reference, String attribute) implements ManifestSource {
        @Override
        public String shown() {
            return attribute.isEmpty() ? reference : reference + "#" + attribute;
        }

        /**
         * Reads {@code REF} or {@code REF#attr}, REF being also a directory seen from the working directory.
         *
         * @throws RenderException if there is nothing before the {@code #}
         */
        public static OfFlake parse(String text) {
            int hash = text.indexOf('#');
            String reference = hash < 0 ? text : text.substring(0, hash);
            String attribute = hash < 0 ? "" : text.substring(hash + 1);
            if (reference.isEmpty()) {
                throw new RenderException(
                        "'" + text + "' names no flake: write REF#attribute, such as .#shop for this directory's");
            }
            if (!reference.startsWith(".") && !reference.startsWith("/")) {
                return new OfFlake(reference, attribute);
            }
            int query = reference.indexOf('?');
            String directory = query < 0 ? reference : reference.substring(0, query);
            String parameters = query < 0 ? "" : reference.substring(query);
            return new OfFlake(Path.of(directory).toAbsolutePath().normalize() + parameters, attribute);
        }
    }
}
