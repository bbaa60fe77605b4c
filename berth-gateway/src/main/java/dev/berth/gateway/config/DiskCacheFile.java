package dev.berth.gateway.config;

import dev.berth.nix.StoreReference;
import dev.berth.store.config.Yaml;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The disk cache of a gateway to a store that is not on this machine, as far as the file says.
 *
 * @param path its directory, if there shall be one
 * @param size in bytes, with K, M, G or T behind the number, if it is not the usual one
 */
public record DiskCacheFile(Optional<Path> path, Optional<String> size) {
    static DiskCacheFile of(Yaml section) {
        DiskCacheFile file = new DiskCacheFile(section.value("path", Path::of), section.text("size"));
        section.end();
        return file;
    }

    /** The URI of a store, with the parameters of the disk cache if it has none of its own. */
    public String on(String uri) {
        if (path.isEmpty()) {
            return uri;
        }
        StoreReference store = StoreReference.parse(uri);
        Map<String, String> parameters = new TreeMap<>();
        parameters.put("disk-cache", path.get().toString());
        size.ifPresent(bytes -> parameters.put("disk-cache-size", bytes));
        parameters.putAll(store.params());
        return StoreReference.of(store.scheme(), store.location(), parameters).render();
    }
}
