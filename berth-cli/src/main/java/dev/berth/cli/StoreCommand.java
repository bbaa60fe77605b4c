package dev.berth.cli;

import picocli.CommandLine.Command;

/** {@code berth store}. */
@Command(
        name = "store",
        description = "Look into stores, copy between them, collect garbage.",
        mixinStandardHelpOptions = true)
final class StoreCommand {}
