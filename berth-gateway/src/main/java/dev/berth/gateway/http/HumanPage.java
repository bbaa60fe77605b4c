package dev.berth.gateway.http;

import dev.berth.gateway.CacheContent;
import dev.berth.nix.PublicKey;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The page that people see who open the cache in a browser. */
final class HumanPage {
    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9._-]+(:\\d{1,5})?|\\[[0-9A-Fa-f:.]+](:\\d{1,5})?");
    private static final Map<String, String> HEADERS = Map.of(
            "content-type",
            "text/html; charset=utf-8",
            "content-security-policy",
            "default-src 'none'; style-src 'unsafe-inline'",
            "x-content-type-options",
            "nosniff");

    private HumanPage() {}

    static HttpReply.Whole of(HttpRequest request, CacheContent content, List<PublicKey> keys, boolean needsToken) {
        String host = request.header("host")
                .filter(name -> HOST.matcher(name).matches())
                .orElse("THIS-HOST");
        String url = (request.secure() ? "https://" : "http://") + host;
        String names = keys.stream().map(PublicKey::print).collect(Collectors.joining(" "));
        StringBuilder page = new StringBuilder(2048);
        page.append(
                        "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>Berth: a Nix cache</title>\n")
                .append("<meta name=\"viewport\" content=\"width=device-width\">\n")
                .append("<style>body{font:1rem/1.5 sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem}")
                .append("pre{background:#eee;color:#111;padding:1rem;overflow:auto}</style></head>\n<body>\n")
                .append("<h1>A Nix binary cache</h1>\n<p>It serves store paths of <code>")
                .append(escape(content.storeDir().path()))
                .append("</code>. To have Nix use it, add to <code>nix.conf</code>:</p>\n<pre>");
        page.append("extra-substituters = ").append(escape(url)).append('\n');
        if (keys.isEmpty()) {
            page.append("# This cache has no key of its own: paths carry the signatures of who made them.\n");
        } else {
            page.append("extra-trusted-public-keys = ").append(escape(names)).append('\n');
        }
        page.append("</pre>\n");
        if (needsToken) {
            page.append("<p>Reading needs a token. Nix takes it from the file that the setting <code>netrc-file</code>")
                    .append(" names:</p>\n<pre>machine ")
                    .append(escape(withoutPort(host)))
                    .append(" login any password TOKEN\n</pre>\n");
        }
        page.append("<p><a href=\"nix-cache-info\">nix-cache-info</a> · <a href=\"pubkey\">public keys</a></p>\n")
                .append("</body>\n</html>\n");
        return new HttpReply.Whole(200, HEADERS, page.toString().getBytes(StandardCharsets.UTF_8));
    }

    private static String withoutPort(String host) {
        return host.replaceFirst(":\\d{1,5}$", "");
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }
}
