package dev.berth.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import dev.berth.testing.Project;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Modules depend downwards only, in their poms and in their code. */
class ModuleDirectionTest {
    /** Each module, and all those it may use. */
    private static final Map<String, Set<String>> MAY_USE = Map.ofEntries(
            Map.entry("nix", Set.of()),
            Map.entry("linux", Set.of()),
            Map.entry("kubernetes", Set.of()),
            Map.entry("wire", Set.of("nix")),
            Map.entry("store", Set.of("nix", "linux", "wire")),
            Map.entry("gateway", Set.of("nix", "linux", "wire", "store")),
            Map.entry("node", Set.of("nix", "linux", "store", "kubernetes")),
            Map.entry("deploy", Set.of("nix", "linux", "store", "kubernetes")),
            Map.entry("run", Set.of("nix", "linux", "store", "kubernetes", "node", "deploy")),
            Map.entry("cli", Set.of("nix", "linux", "wire", "store", "gateway", "kubernetes", "node", "deploy", "run")),
            Map.entry(
                    "bench",
                    Set.of("nix", "linux", "wire", "store", "gateway", "kubernetes", "node", "deploy", "run", "cli")));

    private static final Pattern DEPENDENCY =
            Pattern.compile("<artifactId>berth-([a-z]+)</artifactId>(?!\\s*<version>)");

    static List<String> modules() throws IOException {
        List<String> names = new ArrayList<>();
        try (var directories = Files.newDirectoryStream(Project.root(), "berth-*")) {
            for (Path directory : directories) {
                if (Files.exists(directory.resolve("pom.xml"))) {
                    names.add(directory.getFileName().toString().substring("berth-".length()));
                }
            }
        }
        names.remove("testing");
        return names;
    }

    @Test
    void everyModuleHasItsPlace() throws IOException {
        assertThat(MAY_USE.keySet()).containsAll(modules());
    }

    @ParameterizedTest
    @MethodSource("modules")
    void thePomNamesOnlyModulesBelow(String module) throws IOException {
        String pom = Files.readString(Project.root().resolve("berth-" + module).resolve("pom.xml"));
        Set<String> used = new TreeSet<>();
        var matcher = DEPENDENCY.matcher(pom);
        while (matcher.find()) {
            used.add(matcher.group(1));
        }
        used.remove(module);
        used.remove("testing");
        assertThat(MAY_USE.get(module)).as("what berth-%s may use", module).containsAll(used);
    }

    @Test
    void theCodeUsesOnlyModulesBelow() {
        JavaClasses classes = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("dev.berth");
        assertThat(classes).isNotEmpty();
        MAY_USE.forEach((module, below) -> MAY_USE.keySet().stream()
                .filter(other -> !other.equals(module) && !below.contains(other))
                .forEach(other -> ArchRuleDefinition.noClasses()
                        .that()
                        .resideInAPackage("dev.berth." + module + "..")
                        .should()
                        .dependOnClassesThat()
                        .resideInAPackage("dev.berth." + other + "..")
                        .allowEmptyShould(true)
                        .check(classes)));
    }
}
