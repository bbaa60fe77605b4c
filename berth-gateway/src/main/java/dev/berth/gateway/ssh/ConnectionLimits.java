package dev.berth.gateway.ssh;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.sshd.common.AttributeRepository.AttributeKey;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.session.SessionDisconnectHandler;
import org.apache.sshd.common.session.SessionListener;
import org.apache.sshd.common.session.helpers.TimeoutIndicator;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts connections, and ends those above the limits. */
final class ConnectionLimits implements SessionListener, SessionDisconnectHandler {
    /** How many commands a connection runs. */
    static final AttributeKey<AtomicInteger> RUNNING = new AttributeKey<>();

    private static final String TOO_MANY = "too many connections: try again later";
    /** That a connection is about to be ended: it may be asked to run something first. */
    private static final AttributeKey<Boolean> REFUSED = new AttributeKey<>();

    private static final Logger LOG = LoggerFactory.getLogger(ConnectionLimits.class);
    /** Which of the two counts a connection is in. */
    private static final AttributeKey<AtomicInteger> COUNTED = new AttributeKey<>();

    private final SshConfig.Limits limits;
    private final AtomicInteger unauthenticated = new AtomicInteger();
    private final AtomicInteger authenticated = new AtomicInteger();

    ConnectionLimits(SshConfig.Limits limits) {
        this.limits = limits;
    }

    @Override
    public void sessionCreated(Session session) {
        session.setAttribute(RUNNING, new AtomicInteger());
        count(session, unauthenticated);
        if (unauthenticated.get() > limits.unauthenticated()) {
            LOG.warn("{} connections are on their way to log in: refused {}", limits.unauthenticated(), session);
            byte[] line = (TOO_MANY + "\r\n").getBytes(StandardCharsets.UTF_8);
            try {
                session.getIoSession().writeBuffer(new ByteArrayBuffer(line));
            } catch (IOException e) {
                LOG.debug("nobody to tell: {}", e.getMessage());
            }
            session.close(true);
        }
    }

    @Override
    public void sessionEvent(Session session, Event event) {
        if (event != Event.Authenticated) {
            return;
        }
        count(session, authenticated);
        if (authenticated.get() > limits.connections()) {
            LOG.warn("{} connections are open: refused {}", limits.connections(), session);
            session.setAttribute(REFUSED, true);
            // Later: this is called in the middle of telling the client that it is in.
            session.getFactoryManager()
                    .getScheduledExecutorService()
                    .execute(() -> end(session, SshConstants.SSH2_DISCONNECT_TOO_MANY_CONNECTIONS, TOO_MANY));
        }
    }

    /** What a connection gets that asks for this: a refusal if it is one too many. */
    static Request allowed(Session session, Request request) {
        return Boolean.TRUE.equals(session.getAttribute(REFUSED)) ? new Request.Refusal(TOO_MANY, 255) : request;
    }

    @Override
    public void sessionClosed(Session session) {
        AtomicInteger counter = session.removeAttribute(COUNTED);
        if (counter != null) {
            counter.decrementAndGet();
        }
    }

    private static void count(Session session, AtomicInteger counter) {
        counter.incrementAndGet();
        AtomicInteger before = session.setAttribute(COUNTED, counter);
        if (before != null) {
            before.decrementAndGet();
        }
    }

    /** Ends a connection with a word to the client. */
    static void end(Session session, int code, String reason) {
        try {
            session.disconnect(code, reason);
        } catch (IOException e) {
            LOG.debug("nobody to tell: {}", e.getMessage());
            session.close(true);
        }
    }

    /** A connection that runs something is not idle: what it runs has deadlines of its own. */
    @Override
    public boolean handleTimeoutDisconnectReason(Session session, TimeoutIndicator timeout) {
        AtomicInteger running = session.getAttribute(RUNNING);
        return timeout.getStatus() == TimeoutIndicator.TimeoutStatus.IdleTimeout
                && running != null
                && running.get() > 0;
    }
}
