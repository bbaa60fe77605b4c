package dev.berth.node;

import dev.berth.store.StoreException;
import dev.berth.store.local.LocalStore;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whether the agent can do its work at all. */
final class Readiness {
    private static final Logger LOG = LoggerFactory.getLogger(Readiness.class);

    private Readiness() {}

    static boolean check(LocalStore store, StateDir state) {
        try {
            store.validPaths(List.of());
            if (!Files.isWritable(state.volumes())) {
                LOG.warn("not ready: {} is not writable", state.volumes());
                return false;
            }
            state.mounts();
            if (!Privileges.mayMount()) {
                LOG.warn("not ready: this process may not mount (CAP_SYS_ADMIN): run the agent as privileged root");
                return false;
            }
            return true;
        } catch (StoreException e) {
            LOG.warn("not ready: {}", e.getMessage());
        } catch (IOException e) {
            LOG.warn("not ready: {}", Failures.reason(e));
        }
        return false;
    }
}
