package dev.berth.deploy.render;

import java.util.Map;
import java.util.Optional;

/**
 * What a file says of its deployment: {@code berth.…}, {@code kluctl.…} and {@code ekn.…} of its modules. A file that is
 * no module says nothing: {@link #NONE}.
 *
 * @param discriminator what tells this project's objects from those of others in the cluster; without it nothing is pruned
 * @param environment what the deployment is for, such as {@code production}
 * @param fieldManager by which name the objects are applied
 * @param cache which stores the closures are pushed to and asked of
 * @param scripts what runs before and after
 * @param resourcePriority the order of kinds, smaller first; of kinds that are not in it nothing was said. Modules give
 *     all that have a usual place, too
 */
public record DeploymentSettings(
        Optional<String> discriminator,
        Optional<String> environment,
        String fieldManager,
        CacheSettings cache,
        DeploymentScripts scripts,
        Map<String, Integer> resourcePriority) {
    /** The field manager where nothing else is said. */
    public static final String FIELD_MANAGER = "berth";

    /** Of a file that says nothing. */
    public static final DeploymentSettings NONE = new DeploymentSettings(
            Optional.empty(), Optional.empty(), FIELD_MANAGER, CacheSettings.NONE, DeploymentScripts.NONE, Map.of());

    /** Copies. */
    public DeploymentSettings {
        resourcePriority = Map.copyOf(resourcePriority);
    }
}
