package dev.berth.kubernetes;

import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Which proxy leads to an API server: that of the kubeconfig, else {@code HTTPS_PROXY} but for {@code NO_PROXY}. */
final class Proxies {
    private static final int STANDARD_PORT = 8080;

    private Proxies() {}

    static ProxySelector of(Access access, Map<String, String> environment) throws ClusterException {
        Optional<URI> proxy = access.proxy();
        if (proxy.isEmpty()) {
            String name = access.server().getScheme().equals("https") ? "HTTPS_PROXY" : "HTTP_PROXY";
            String value = either(environment, name);
            if (!value.isEmpty() && !excepted(access.server().getHost(), either(environment, "NO_PROXY"))) {
                try {
                    proxy = Optional.of(URI.create(value.contains("://") ? value : "http://" + value));
                } catch (IllegalArgumentException e) {
                    throw new ClusterException(
                            ClusterException.Kind.CONFIGURATION, name + " is not an address: " + Text.line(value), e);
                }
            }
        }
        if (proxy.isEmpty() || proxy.get().getHost() == null) {
            return HttpClient.Builder.NO_PROXY;
        }
        int port = proxy.get().getPort();
        return ProxySelector.of(new InetSocketAddress(proxy.get().getHost(), port < 0 ? STANDARD_PORT : port));
    }

    private static String either(Map<String, String> environment, String name) {
        String lower = environment.getOrDefault(name.toLowerCase(Locale.ROOT), "");
        return lower.isEmpty() ? environment.getOrDefault(name, "") : lower;
    }

    /** As Go's httpproxy reads it, but for networks with a mask, which match no name: {@code *}, hosts, and domains. */
    private static boolean excepted(String host, String list) {
        if (host.equals("localhost") || host.startsWith("127.") || host.equals("[::1]")) {
            return true;
        }
        for (String entry : list.split(",", -1)) {
            String name = entry.strip().replaceFirst("^\\*?\\.", "");
            if (name.equals("*") || (!name.isEmpty() && (host.equals(name) || host.endsWith("." + name)))) {
                return true;
            }
            if (Network.contains(name, host)) {
                return true;
            }
        }
        return false;
    }
}
