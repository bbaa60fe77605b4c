package dev.berth.gateway.http;

import dev.berth.testing.Project;
import dev.berth.testing.Requires;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Nix 2.26. */
final class NixClientTest extends NixClientContract {
    NixClientTest() throws IOException {}

    @Override
    List<String> before(Map<String, String> environment) {
        Path project = Project.root();
        Requires.that(
                Files.exists(project.resolve(".cache/debian13/.made")),
                "needs Nix 2.26: run 'testbed/debian13 nix --version' once");
        List<String> words =
                new ArrayList<>(List.of(project.resolve("testbed/debian13").toString(), "env"));
        environment.forEach((name, value) -> words.add(name + "=" + value));
        return words;
    }
}
