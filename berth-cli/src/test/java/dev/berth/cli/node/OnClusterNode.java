package dev.berth.cli.node;

import dev.berth.testing.RealCluster;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Tests of one agent on a real kubelet and containerd, which all of a class share. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class OnClusterNode {
    /** A store path as anybody may name it, and no store has. */
    static final String NOBODYS = "/nix/store/00000000000000000000000000000000-nobody-has-this";

    private final String[] options;

    Path dir;
    ClusterNode node;
    RealCluster cluster;

    /** A package that the cache has, whose program says "hello world". */
    String hello;

    /** @param options of the agent, besides those that it needs */
    OnClusterNode(String... options) {
        this.options = options;
    }

    @BeforeAll
    void start(@TempDir Path directory) {
        dir = directory;
        node = new ClusterNode(directory, options);
        cluster = node.cluster();
        hello = node.programs().hello("world");
    }

    @AfterAll
    void stop() {
        if (node != null) {
            node.close();
        }
    }
}
