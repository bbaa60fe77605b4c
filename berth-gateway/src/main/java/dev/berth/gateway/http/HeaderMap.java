package dev.berth.gateway.http;

import io.netty.handler.codec.http.HttpHeaders;
import java.util.AbstractMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A request's header fields as a map that copies nothing: most answers look at one field or two. Not to be changed. */
final class HeaderMap extends AbstractMap<String, List<String>> {
    private final HttpHeaders headers;

    HeaderMap(HttpHeaders headers) {
        this.headers = headers;
    }

    @Override
    public boolean containsKey(@Nullable Object name) {
        return name instanceof String text && headers.contains(text);
    }

    @Override
    public @Nullable List<String> get(@Nullable Object name) {
        if (!(name instanceof String text)) {
            return null;
        }
        List<String> values = headers.getAll(text);
        return values.isEmpty() ? null : values;
    }

    @Override
    public Set<Entry<String, List<String>>> entrySet() {
        Map<String, List<String>> all = new LinkedHashMap<>();
        for (Map.Entry<String, String> header : headers) {
            String name = header.getKey().toLowerCase(Locale.ROOT);
            all.computeIfAbsent(name, headers::getAll);
        }
        return all.entrySet();
    }
}
