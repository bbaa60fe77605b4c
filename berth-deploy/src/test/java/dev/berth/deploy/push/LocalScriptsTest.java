package dev.berth.deploy.push;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.deploy.render.CacheSettings;
import dev.berth.deploy.render.DeploymentScripts;
import dev.berth.deploy.render.DeploymentSettings;
import dev.berth.deploy.render.Rendered;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What runs around a deployment, and what it is told. */
class LocalScriptsTest {
    @TempDir
    private Path directory;

    private static LocalScripts scripts(Optional<String> command, String before, String after) {
        return new LocalScripts(new Rendered(
                List.of(),
                new TreeMap<>(),
                new DeploymentSettings(
                        Optional.of("shop"),
                        Optional.of("staging"),
                        "berth",
                        CacheSettings.NONE,
                        new DeploymentScripts(command, before, after),
                        Map.of())));
    }

    @Test
    void theyAreToldOfTheManifestAndOfThePush() throws IOException {
        Path said = directory.resolve("said");
        String tell = "echo "
                + "\"$0 $EKN_ENVIRONMENT/$EKN_TARGET/${EKN_CACHE_PUSH-}${EKN_CACHE_ALLOW_FAILURE-} $(grep -c List \"$1\")\" >> "
                + said;
        Path program =
                Files.writeString(directory.resolve("program"), "#!/bin/sh\n" + tell.replace("$0", "own") + "\n");
        assertThat(program.toFile().setExecutable(true)).isTrue();
        Path manifest;
        try (LocalScripts scripts =
                scripts(Optional.of(program.toString()), tell, tell + "\necho \"$EKN_MANIFEST\" >> " + said)) {
            scripts.beforeDeploy();
            scripts.beforePush(true, false);
            scripts.afterDeploy();
            manifest = Path.of(Files.readAllLines(said).getLast());
            assertThat(manifest).exists();
        }
        assertThat(Files.readAllLines(said))
                .startsWith("preDeployScript staging// 1", "own staging//10 1", "postDeployScript staging//10 1");
        assertThat(manifest).doesNotExist();
    }

    @Test
    void oneThatFailsEndsTheDeployment() {
        try (LocalScripts scripts = scripts(Optional.of("exit 3 #"), "false\ntrue", "")) {
            assertThatThrownBy(scripts::beforeDeploy)
                    .isInstanceOf(ScriptException.class)
                    .hasMessage("preDeployScript exited with 1");
            assertThatThrownBy(() -> scripts.beforePush(false, false)).hasMessage("preApplyCommand exited with 3");
            scripts.afterDeploy();
        }
    }
}
