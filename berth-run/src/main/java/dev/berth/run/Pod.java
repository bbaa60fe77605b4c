package dev.berth.run;

import java.util.List;
import java.util.Map;

/**
 * A pod that is to be run.
 *
 * @param name its name; also the host name of its containers
 * @param uid made up for this run
 * @param initContainers run before the others, in their order; those with restart policy ALWAYS beside them
 * @param containers at least one, run at once
 * @param volumes by their names
 * @param graceSeconds how long its processes have between SIGTERM and SIGKILL
 * @param specJson the pod's specification, for the node agent, which finds store paths in it
 */
record Pod(
        String name,
        String namespace,
        String uid,
        String serviceAccount,
        RestartPolicy restartPolicy,
        List<Container> initContainers,
        List<Container> containers,
        Map<String, Volume> volumes,
        int graceSeconds,
        String specJson) {
    Pod {
        initContainers = List.copyOf(initContainers);
        containers = List.copyOf(containers);
        volumes = Map.copyOf(volumes);
    }

    /** When a container that ended is started again. */
    enum RestartPolicy {
        ALWAYS,
        ON_FAILURE,
        NEVER
    }

    /**
     * A container.
     *
     * @param command the program and its arguments, with variables expanded; not empty
     * @param environment all of it
     * @param workingDirectory absolute
     * @param user the user and group to run as; negative: root
     * @param sidecar whether it is an init container that runs beside the others and is ended after them
     */
    record Container(
            String name,
            List<String> command,
            Map<String, String> environment,
            String workingDirectory,
            List<VolumeMount> mounts,
            int user,
            int group,
            boolean sidecar) {
        Container {
            command = List.copyOf(command);
            environment = Map.copyOf(environment);
            mounts = List.copyOf(mounts);
        }

        /** This container with other mounts. */
        Container withMounts(List<VolumeMount> others) {
            return new Container(name, command, environment, workingDirectory, others, user, group, sidecar);
        }
    }

    /**
     * A volume in a container.
     *
     * @param volume its name
     * @param mountPath absolute
     * @param subPath the part of the volume to show, empty for all of it
     */
    record VolumeMount(String volume, String mountPath, String subPath, boolean readOnly) {}

    /** Where a volume's files come from. */
    sealed interface Volume {}

    /** An empty directory of the pod. */
    record EmptyDir() implements Volume {}

    /**
     * Files of configuration.
     *
     * @param files by their paths below the volume
     */
    record Files(Map<String, FileContent> files) implements Volume {
        Files {
            files = Map.copyOf(files);
        }
    }

    /** A volume of a CSI driver. */
    record Csi(String driver, boolean readOnly, Map<String, String> attributes) implements Volume {
        Csi {
            attributes = Map.copyOf(attributes);
        }
    }

    /** A file. */
    static final class FileContent {
        private final byte[] bytes;
        private final int mode;

        FileContent(byte[] bytes, int mode) {
            this.bytes = bytes.clone();
            this.mode = mode;
        }

        byte[] bytes() {
            return bytes.clone();
        }

        int mode() {
            return mode;
        }
    }

    /** What to call it in messages: {@code pod/hello}. */
    String label() {
        return "pod/" + name;
    }
}
