package dev.berth.node.csi;

import dev.berth.nix.Hash;
import dev.berth.nix.HashFormat;
import dev.berth.nix.StorePath;
import dev.berth.node.expression.Expression;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;

/**
 * What a volume is to show. Its primary packages are the store path, or else what the first expression that succeeds
 * comes to; in any case the paths that the pod names are there as well.
 *
 * @param storePath the attribute of the node's system
 * @param expressions in the order of trying
 * @param named those that the pod's specification names; at least one if there is nothing else
 */
public record WantedPackages(Optional<StorePath> storePath, List<Expression> expressions, List<StorePath> named) {
    /** Copies the lists. */
    public WantedPackages {
        expressions = List.copyOf(expressions);
        named = List.copyOf(named);
        if (storePath.isEmpty() && expressions.isEmpty() && named.isEmpty()) {
            throw new IllegalArgumentException("a volume of nothing");
        }
    }

    /** Store paths alone, the first as the primary one. */
    public static WantedPackages of(List<StorePath> paths) {
        return new WantedPackages(Optional.empty(), List.of(), paths);
    }

    /** All store paths that are known without an evaluation, the primary one first, without duplicates. */
    public List<StorePath> storePaths() {
        return with(storePath.map(List::of).orElse(List.of()));
    }

    /** All packages of the volume, without duplicates, if these are the primary ones. */
    public List<StorePath> with(Collection<StorePath> primary) {
        LinkedHashSet<StorePath> all = new LinkedHashSet<>(primary);
        all.addAll(named);
        return new ArrayList<>(all);
    }

    /**
     * What it asks for besides store paths that are known: empty if nothing, else a short text that is the same for what asks
     * for the same.
     */
    public String expressed() {
        if (expressions.isEmpty()) {
            return "";
        }
        String all = storePath + " " + expressions;
        return Hash.sha256(all.getBytes(StandardCharsets.UTF_8)).format(HashFormat.NIX32, false);
    }
}
