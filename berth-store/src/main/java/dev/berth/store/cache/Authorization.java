package dev.berth.store.cache;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which password a request carries, as curl decides it, and so Nix: that of the cache's own URL where the request goes to
 * the same server, else that of the netrc file for the host. A redirect to another server never takes the URL's password
 * along. Thread-safe; a changed file counts at once.
 */
final class Authorization {
    private final URI base;
    private final Optional<String> user;
    private final Optional<String> password;
    private final Path netrc;
    private volatile @Nullable Known known;

    private record Known(@Nullable FileTime changed, Netrc netrc) {}

    /**
     * @param base the cache's URL, without user
     * @param user who stood before {@code @} in it, decoded
     * @param password what stood behind the user and a colon, decoded
     * @param netrc the file
     */
    Authorization(URI base, Optional<String> user, Optional<String> password, Path netrc) {
        this.base = base;
        this.user = user;
        this.password = password;
        this.netrc = netrc;
    }

    /** The value of the header {@code Authorization} for a request, if it takes one. */
    Optional<String> header(URI url) {
        return credentials(url).map(Credentials::header);
    }

    private Optional<Credentials> credentials(URI url) {
        String host = String.valueOf(url.getHost());
        if (user.isEmpty() || !isSameServer(url)) {
            return passwords().of(host, Optional.empty());
        }
        if (password.isPresent()) {
            return Optional.of(new Credentials(user.get(), password.get()));
        }
        return passwords().of(host, user).or(() -> Optional.of(new Credentials(user.get(), "")));
    }

    private boolean isSameServer(URI url) {
        return Objects.equals(url.getScheme(), base.getScheme())
                && Objects.equals(url.getHost(), base.getHost())
                && url.getPort() == base.getPort();
    }

    private Netrc passwords() {
        FileTime changed = changed();
        Known before = known;
        if (before != null && Objects.equals(before.changed(), changed)) {
            return before.netrc();
        }
        Netrc read = Netrc.read(netrc);
        known = new Known(changed, read);
        return read;
    }

    private @Nullable FileTime changed() {
        try {
            return Files.getLastModifiedTime(netrc);
        } catch (IOException e) {
            return null; // not there; what else is wrong with it is said when it is read
        }
    }
}
