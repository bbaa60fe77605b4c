package dev.berth.node.doctor;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What is looked at.
 *
 * @param config the agent's configuration file, which says what the rest does not
 * @param root the root of the agent's store, which need not exist
 * @param kubeletDir kubelet's directory
 * @param nriSocket the container runtime's NRI socket
 */
public record Patient(
        Optional<Path> config, Optional<Path> root, Optional<Path> kubeletDir, Optional<Path> nriSocket) {}
