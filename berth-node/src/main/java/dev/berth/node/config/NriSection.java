package dev.berth.node.config;

import dev.berth.node.ContainerPresentation;
import dev.berth.node.NodeConfig;
import dev.berth.node.NriSettings;
import dev.berth.node.nri.NriConfig;
import dev.berth.store.config.Yaml;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/** The section {@code nri} of the configuration file; that it is there lets containers have closures without a volume. */
final class NriSection {
    private NriSection() {}

    static List<UnaryOperator<NodeConfig>> read(Yaml section) {
        NriSettings settings =
                NriSettings.of(section.value("socket", NodeFile::absolute).orElse(NriConfig.DEFAULT_SOCKET));
        Optional<Path> hostRoot = section.value("host-root", NodeFile::absolute);
        settings = hostRoot.isPresent() ? settings.withHostRoot(hostRoot.get()) : settings;
        Optional<ContainerPresentation> presentation = section.value("presentation", NriSection::presentation);
        settings = presentation.isPresent() ? settings.withPresentation(presentation.get()) : settings;
        Optional<List<String>> machines = section.words("machines");
        settings = machines.isPresent() ? settings.withMachines(Set.copyOf(machines.get())) : settings;
        NriSettings all = settings.withRepair(section.flag("repair").orElse(settings.repair()));
        section.end();
        return List.of(config -> config.withNri(all));
    }

    private static ContainerPresentation presentation(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "auto" -> ContainerPresentation.AUTO;
            case "farm" -> ContainerPresentation.FARM;
            case "as-volumes" -> ContainerPresentation.AS_VOLUMES;
            default -> throw new IllegalArgumentException("'" + text + "' is none of auto, farm, as-volumes");
        };
    }
}
