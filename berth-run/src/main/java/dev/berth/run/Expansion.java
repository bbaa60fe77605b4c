package dev.berth.run;

import java.util.Map;

/**
 * Expands {@code $(NAME)} as Kubernetes does (third_party/forked/golang/expansion): an unknown name stays as it is
 * written, {@code $$} is one dollar sign and starts no reference.
 */
final class Expansion {
    private Expansion() {}

    static String expand(String text, Map<String, String> variables) {
        StringBuilder out = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '$' || i + 1 == text.length()) {
                out.append(c);
                continue;
            }
            char next = text.charAt(++i);
            int end = next == '(' ? text.indexOf(')', i) : -1;
            if (next == '$') {
                out.append('$');
            } else if (end < 0) {
                out.append('$').append(next);
            } else {
                String name = text.substring(i + 1, end);
                String value = variables.get(name);
                out.append(value == null ? "$(" + name + ")" : value);
                i = end;
            }
        }
        return out.toString();
    }
}
