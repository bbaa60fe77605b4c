package dev.berth.kubernetes;

import java.util.Optional;

/** Who we are to an API server, which may have to be found out again while we talk to it. */
interface Credentials {
    /** Nobody. */
    Credentials NONE = () -> new Material(Optional.empty(), Optional.empty());

    /**
     * What proves it.
     *
     * @param authorization the header of this name
     * @param certificate for the TLS connection
     */
    record Material(Optional<String> authorization, Optional<ClientCertificate> certificate) {}

    /**
     * What proves it now: cheap if it was found out before and still holds.
     *
     * @throws ClusterException if it can't be found out
     */
    Material current() throws ClusterException;

    /** The server did not accept it: the next call is to find it out again. Whether that may be of use. */
    default boolean refused() {
        return false;
    }
}
