package dev.berth.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.spi.ContextAwareBase;
import java.util.Map;
import java.util.Optional;
import org.slf4j.LoggerFactory;

/**
 * Where log lines go: to standard error, warnings and worse unless the environment says otherwise by
 * {@code BERTH_LOG_LEVEL} (error, warn, info, debug, trace) and {@code BERTH_LOG_FORMAT} (text, json). Libraries never log
 * below warnings. Set up in code because reading a configuration file takes a third of a short command's time.
 */
public final class Logging extends ContextAwareBase implements Configurator {
    private static final String APPENDER = "standard error";

    /** Made by Logback, which finds this class as a service. */
    public Logging() {}

    @Override
    public ExecutionStatus configure(LoggerContext context) {
        Map<String, String> environment = System.getenv();
        LogLines encoder = new LogLines("json".equalsIgnoreCase(environment.get("BERTH_LOG_FORMAT")));
        encoder.setContext(context);
        encoder.start();
        ConsoleAppender<ILoggingEvent> standardError = new ConsoleAppender<>();
        standardError.setName(APPENDER);
        standardError.setContext(context);
        standardError.setTarget("System.err");
        standardError.setEncoder(encoder);
        standardError.start();
        Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.WARN);
        root.addAppender(standardError);
        // What clients do is no concern of the operator's; MINA warns of each that goes away. Two loggers have the
        // names of
        // classes of ours that are derived from its own.
        context.getLogger("org.apache.sshd").setLevel(Level.ERROR);
        context.getLogger("dev.berth.gateway.ssh.SshFront$Server").setLevel(Level.ERROR);
        context.getLogger("dev.berth.gateway.ssh.StoreChannel").setLevel(Level.ERROR);
        context.getLogger("dev.berth").setLevel(Level.toLevel(environment.get("BERTH_LOG_LEVEL"), Level.WARN));
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }

    /**
     * Logs otherwise from now on than the environment says.
     *
     * @param format text or json
     * @param level as of {@code BERTH_LOG_LEVEL}
     */
    static void change(Optional<String> format, Optional<String> level) {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            level.ifPresent(least -> context.getLogger("dev.berth").setLevel(Level.toLevel(least, Level.WARN)));
            if (format.isPresent()
                    && context.getLogger(Logger.ROOT_LOGGER_NAME).getAppender(APPENDER)
                            instanceof ConsoleAppender<ILoggingEvent> appender
                    && appender.getEncoder() instanceof LogLines lines) {
                lines.json(format.get().equals("json"));
            }
        }
    }
}
