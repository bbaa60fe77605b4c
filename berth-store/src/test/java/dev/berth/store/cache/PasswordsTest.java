package dev.berth.store.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.nix.PathInfo;
import dev.berth.nix.nar.NarSource;
import dev.berth.store.Store;
import dev.berth.store.StoreException;
import dev.berth.store.StoreSettings;
import dev.berth.store.Stores;
import dev.berth.store.cache.FaultyServer.Reply;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Passwords for HTTP caches. */
final class PasswordsTest {
    @TempDir
    private Path directory;

    private static String basic(String plain) {
        return "Basic " + Base64.getEncoder().encodeToString(plain.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void readsNetrcAsCurlDoes() {
        Netrc netrc = Netrc.parse("""
                # a comment: machine no.example login x password y
                machine one.example login alice password secret
                machine two.example
                  login "bob the \\"great\\"" # behind
                  account ignored
                  password a\\b
                macdef init
                machine evil.example login e password e

                machine one.example login carol password other
                machine bare.example
                default login anonymous password guest
                """);
        assertThat(netrc.of("one.example", Optional.empty())).contains(new Credentials("alice", "secret"));
        assertThat(netrc.of("ONE.example", Optional.of("carol"))).contains(new Credentials("carol", "other"));
        assertThat(netrc.of("two.example", Optional.empty())).contains(new Credentials("bob the \"great\"", "a\\b"));
        assertThat(netrc.of("evil.example", Optional.empty())).contains(new Credentials("anonymous", "guest"));
        assertThat(netrc.of("bare.example", Optional.empty())).isEmpty();
        assertThat(netrc.of("one.example", Optional.of("dave"))).isEmpty();
        assertThat(Netrc.parse("machine").of("x", Optional.empty())).isEmpty();
        assertThat(Netrc.parse("machine x login").of("x", Optional.empty())).isEmpty();
        assertThat(new Credentials("alice", "secret")).hasToString("Credentials[alice]");
    }

    @Test
    void sendsThemToTheirServerOnly() throws IOException {
        Path served = directory.resolve("served");
        NarSource tree = Samples.tree(1, 1000);
        PathInfo info = Samples.info(Samples.path("locked", 1), tree);
        try (Store store = Stores.open("file://" + served, StoreSettings.DEFAULT)) {
            store.add(info, tree);
        }
        Path file = directory.resolve("netrc");
        StoreSettings settings = StoreSettings.DEFAULT
                .withTimeouts(Duration.ofSeconds(5), Duration.ofSeconds(60), 0)
                .withNetrc(file);
        try (FaultyServer server = new FaultyServer(served);
                FaultyServer elsewhere = new FaultyServer(served)) {
            String name = "/" + info.path().hashPart() + ".narinfo";
            server.on(
                    name,
                    request -> request.header("authorization").equals(basic("us er:p+ss/w"))
                            ? server.file(request)
                            : Reply.text(401, "who?"));
            String withUser = server.uri().replace("://", "://us%20er@");
            String withBoth = server.uri().replace("://", "://us%20er:p+ss%2Fw@");
            try (Store store = Stores.open(withBoth, settings)) {
                assertThat(store.uri()).isEqualTo(server.uri());
                assertThat(store.pathInfo(info.path())).isPresent();
            }
            try (Store store = Stores.open(withUser, settings)) {
                assertThatThrownBy(() -> store.pathInfo(info.path()))
                        .isInstanceOf(StoreException.class)
                        .hasMessageContaining("status 401")
                        .hasMessageContaining(file.toString());
                Files.writeString(file, "machine 127.0.0.1 login \"us er\" password p+ss/w");
                assertThat(store.pathInfo(info.path())).isPresent();
            }
            try (Store store = Stores.open(server.uri(), settings)) {
                assertThat(store.pathInfo(info.path())).isPresent();
            }
            Files.delete(file);
            server.on(name, _ -> Reply.text(302, "").with("Location", elsewhere.uri() + name));
            try (Store store = Stores.open(withBoth, settings)) {
                assertThat(store.pathInfo(info.path())).isPresent();
            }
            assertThat(elsewhere.requests())
                    .hasSize(1)
                    .allMatch(request -> request.header("authorization").isEmpty());
            assertThatThrownBy(() -> Stores.open(withBoth + "?compression=zip", settings))
                    .hasMessageContaining("us%20er@127.0.0.1")
                    .hasMessageNotContaining("ss%2Fw");
        }
    }
}
