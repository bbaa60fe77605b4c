package dev.berth.node.policy;

import dev.berth.store.config.ConfigException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The policy as it is now: looked at again and again, by content, so that neither times of files nor how they are replaced
 * matter. A version that can't be taken leaves the last good one in force.
 */
final class PolicyWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PolicyWatch.class);

    private final PolicyFile file;
    private final Duration interval;
    private final Thread watcher;
    private TreeMap<String, String> seen;
    private String complaint = "";
    private volatile Policy policy;

    /** @throws ConfigException if there is no good policy to begin with */
    PolicyWatch(Path path, Duration interval) {
        this.file = new PolicyFile(path);
        this.interval = interval;
        this.seen = file.read();
        this.policy = nonEmpty(PolicyFile.parse(seen));
        this.watcher = Thread.ofVirtual().name("berth-policy").start(this::watch);
    }

    private Policy nonEmpty(Policy read) {
        if (read.rules().isEmpty() && read.fallback().isEmpty()) {
            throw new ConfigException("the policy " + file.path() + " holds no file");
        }
        return read;
    }

    Policy now() {
        return policy;
    }

    /** Whether what is there now is in force. */
    synchronized boolean isCurrent() {
        return complaint.isEmpty();
    }

    private void watch() {
        try {
            while (true) {
                Thread.sleep(interval);
                tryLook();
            }
        } catch (InterruptedException e) {
            // closed
        }
    }

    /** Lest a defect leaves a policy in force for ever that was taken back. */
    private void tryLook() {
        try {
            look();
        } catch (RuntimeException e) {
            LOG.error("a defect keeps the policy {} from being read", file.path(), e);
        }
    }

    /** Takes what is there now, if it is good. */
    synchronized void look() {
        try {
            TreeMap<String, String> texts = file.read();
            if (texts.equals(seen) && complaint.isEmpty()) {
                return;
            }
            Policy read = nonEmpty(PolicyFile.parse(texts));
            boolean changed = !texts.equals(seen);
            seen = texts;
            complaint = "";
            policy = read;
            LOG.info(
                    "the policy {} {}: {} rules",
                    file.path(),
                    changed ? "changed" : "is good again",
                    read.rules().size());
        } catch (ConfigException e) {
            String why = String.valueOf(e.getMessage());
            if (!why.equals(complaint)) {
                complaint = why;
                LOG.error("the policy {} is bad now, and its last good version stays in force: {}", file.path(), why);
            }
        }
    }

    @Override
    public void close() {
        watcher.interrupt();
    }
}
