package dev.berth.deploy.render;

import java.util.Optional;

/**
 * What runs on the deploying machine around a deployment. Programs that the texts name are in Nix's store when they have
 * been rendered.
 *
 * @param preApplyCommand a program, or shell words, run before the push; its first argument is the manifest
 * @param preDeployScript shell lines run before everything, {@code $1} is the manifest; empty for none
 * @param postDeployScript shell lines run after everything; empty for none
 */
public record DeploymentScripts(Optional<String> preApplyCommand, String preDeployScript, String postDeployScript) {
    /** Nothing. */
    public static final DeploymentScripts NONE = new DeploymentScripts(Optional.empty(), "", "");
}
