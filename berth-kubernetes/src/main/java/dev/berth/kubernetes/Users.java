package dev.berth.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Who we are, as the {@code user} of a kubeconfig says it. */
final class Users {
    private Users() {}

    /**
     * What proves it. Nothing is read or run yet but the files that are named.
     *
     * @param cluster the {@code cluster} of the context, which a credential plugin may want to know
     */
    static Credentials credentials(Fields user, JsonNode cluster) throws ClusterException {
        if (user.value().path("auth-provider").isObject()) {
            throw user.error("auth-provider is no longer a part of Kubernetes: use a credential plugin (exec)");
        }
        CertificateSource certificate = CertificateSource.of(user);
        Optional<String> token = user.text("token");
        Optional<Path> tokenFile = user.path("tokenFile");
        if (tokenFile.isPresent()) {
            return new TokenFile(tokenFile.get(), certificate);
        }
        if (token.isPresent()) {
            return fixed(Optional.of("Bearer " + token.get()), certificate);
        }
        Optional<String> name = user.text("username");
        if (name.isPresent()) {
            String pair = name.get() + ":" + user.text("password").orElse("");
            String basic = Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
            return fixed(Optional.of("Basic " + basic), certificate);
        }
        if (user.value().path("exec").isObject()) {
            return ExecPlugin.of(user.inner("exec"), cluster);
        }
        return fixed(Optional.empty(), certificate);
    }

    private static Credentials fixed(Optional<String> authorization, CertificateSource certificate) {
        return () -> new Credentials.Material(authorization, certificate.current());
    }

    /** The headers that ask the server to treat us as somebody else. */
    static Map<String, List<String>> actingAs(Fields user) throws ClusterException {
        Map<String, List<String>> headers = new LinkedHashMap<>();
        Optional<String> as = user.text("as");
        if (as.isEmpty()) {
            return headers;
        }
        headers.put("Impersonate-User", List.of(as.get()));
        user.text("as-uid").ifPresent(uid -> headers.put("Impersonate-Uid", List.of(uid)));
        List<String> groups = texts(user.value().path("as-groups"));
        if (!groups.isEmpty()) {
            headers.put("Impersonate-Group", groups);
        }
        user.value()
                .path("as-user-extra")
                .properties()
                .forEach(extra -> headers.put(
                        "Impersonate-Extra-" + ApiResource.segment(extra.getKey()), texts(extra.getValue())));
        return headers;
    }

    private static List<String> texts(JsonNode list) {
        List<String> texts = new ArrayList<>();
        list.forEach(item -> texts.add(item.asText()));
        return texts;
    }

    /** A token in a file, which others replace from time to time: read for each request. */
    record TokenFile(Path file, CertificateSource certificate) implements Credentials {
        @Override
        public Material current() throws ClusterException {
            try {
                return new Material(
                        Optional.of("Bearer " + Files.readString(file).strip()), certificate.current());
            } catch (IOException e) {
                throw new ClusterException(
                        ClusterException.Kind.CONFIGURATION,
                        "the token file " + file + " can't be read: " + Text.line(e.getMessage()),
                        e);
            }
        }
    }
}
