package dev.berth.node;

import dev.berth.node.csi.CsiClient;
import dev.berth.node.csi.CsiException;
import dev.berth.node.kubelet.KubeletRegistration;
import dev.berth.node.metrics.Health;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** How an agent is, seen from outside: its sockets are called as kubelet calls them, by a connection of its own each. */
final class AgentHealth implements Health {
    private static final Duration DEADLINE = Duration.ofSeconds(2);
    private static final Duration LIFETIME = Duration.ofSeconds(1);

    private final Map<String, Path> sockets;
    private final Optional<KubeletRegistration> registration;
    private final Optional<ContainerAgent> containers;
    private Map<String, String> answers = Map.of();
    private long until = System.nanoTime();

    AgentHealth(
            Map<String, Path> sockets,
            Optional<KubeletRegistration> registration,
            Optional<ContainerAgent> containers) {
        this.sockets = sockets;
        this.registration = registration;
        this.containers = containers;
    }

    /** Asked once a second at most, whoever wants to know: a probe must not be a burden. */
    @Override
    public synchronized Map<String, String> broken() {
        if (System.nanoTime() - until >= 0) {
            Map<String, String> problems = new LinkedHashMap<>();
            sockets.forEach((driver, socket) ->
                    probe(socket).ifPresent(problem -> problems.put("the driver " + driver, problem)));
            answers = problems;
            until = System.nanoTime() + LIFETIME.toNanos();
        }
        return answers;
    }

    private static Optional<String> probe(Path socket) {
        try (CsiClient client = CsiClient.connect(socket, DEADLINE)) {
            return client.ready() ? Optional.empty() : Optional.of("it says that it is not ready: see the log");
        } catch (CsiException e) {
            return Optional.of("no answer on " + socket + ": " + e.getMessage());
        }
    }

    @Override
    public Map<String, String> unready() {
        Map<String, String> problems = new LinkedHashMap<>(broken());
        registration.ifPresent(kubelet ->
                kubelet.problems().forEach((driver, problem) -> problems.putIfAbsent("the driver " + driver, problem)));
        containers
                .flatMap(agent -> agent.status().problem())
                .ifPresent(problem -> problems.put("containers without volumes", problem));
        return problems;
    }
}
