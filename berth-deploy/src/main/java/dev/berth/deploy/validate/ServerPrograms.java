package dev.berth.deploy.validate;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The programs that make an API server.
 *
 * @param etcd etcd 3.4 or newer
 * @param apiServer kube-apiserver 1.20 or newer
 */
public record ServerPrograms(Path etcd, Path apiServer) {
    /** The variable that names a directory with them. */
    public static final String VARIABLE = "BERTH_KUBERNETES_PROGRAMS";

    /**
     * Looks for each in the given directory, in that of {@link #VARIABLE}, and on the {@code PATH}.
     *
     * @throws MissingProgramsException if one is in none of them
     */
    public static ServerPrograms find(Optional<Path> directory, Map<String, String> environment)
            throws MissingProgramsException {
        List<Path> places = new ArrayList<>();
        directory.ifPresent(places::add);
        Optional.ofNullable(environment.get(VARIABLE))
                .filter(value -> !value.isEmpty())
                .ifPresent(value -> places.add(Path.of(value)));
        for (String place : environment.getOrDefault("PATH", "").split(":", -1)) {
            places.add(Path.of(place.isEmpty() ? "." : place));
        }
        Optional<Path> etcd = find("etcd", places);
        Optional<Path> apiServer = find("kube-apiserver", places);
        if (etcd.isPresent() && apiServer.isPresent()) {
            return new ServerPrograms(etcd.get(), apiServer.get());
        }
        List<String> missing = new ArrayList<>();
        if (etcd.isEmpty()) {
            missing.add("etcd (Debian: etcd-server; nixpkgs: etcd)");
        }
        if (apiServer.isEmpty()) {
            missing.add("kube-apiserver (nixpkgs: kubernetes; or testbed/kubernetes of Berth's source builds it)");
        }
        throw new MissingProgramsException("nothing was validated: missing " + String.join(" and ", missing)
                + ": put it on the PATH, or name its directory by --programs or " + VARIABLE);
    }

    private static Optional<Path> find(String name, List<Path> places) {
        return places.stream()
                .map(place -> place.resolve(name).toAbsolutePath())
                .filter(Files::isExecutable)
                .findFirst();
    }
}
