package dev.berth.store.cache;

import dev.berth.store.StoreException.Kind;
import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import javax.net.ssl.SSLException;

/** Words for what goes wrong with HTTP. */
final class HttpFailure {
    private HttpFailure() {}

    static String seconds(Duration duration) {
        double seconds = duration.toMillis() / 1000.0;
        return (seconds == Math.rint(seconds) ? Long.toString((long) seconds) : Double.toString(seconds)) + " s";
    }

    static TransportException of(String url, IOException e, Duration connect, Duration answer) {
        String what = switch (e) {
            case HttpConnectTimeoutException _ -> "no connection within " + seconds(connect);
            case HttpTimeoutException _ -> "no answer within " + seconds(answer);
            default -> reason(e);
        };
        boolean mayPass = !(e instanceof SSLException) && !unresolved(e);
        return new TransportException(Kind.ofSilence(e), url + ": " + what, mayPass, e);
    }

    /** What the JDK's exceptions mean, some of which carry no message. */
    static String reason(Throwable e) {
        if (unresolved(e)) {
            return "the host name does not resolve";
        }
        if (e instanceof ConnectException) {
            return "connection refused or host unreachable";
        }
        if (e instanceof SSLException) {
            return "TLS failed: " + e.getMessage();
        }
        String message = e.getMessage();
        return message == null
                ? e.getClass().getSimpleName()
                : message.lines().findFirst().orElse("");
    }

    private static boolean unresolved(Throwable e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof UnresolvedAddressException) {
                return true;
            }
        }
        return false;
    }
}
