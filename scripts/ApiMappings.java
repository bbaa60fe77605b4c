import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.annotation.Annotation;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Prints the apiVersion of each kind that Kubernetes has itself, as JSON, from the model classes of the Kubernetes client on
 * the class path. Of several versions of a kind the stable and newest wins, of several groups the core one, then the first by
 * name; extensions/v1beta1, which is gone, never does.
 */
final class ApiMappings {
    private static final String SERVICES = "META-INF/services/io.fabric8.kubernetes.api.model.KubernetesResource";
    private static final Pattern VERSION = Pattern.compile("v(\\d+)(?:(alpha|beta)(\\d+))?");

    private record Kind(String group, String version) {
        String apiVersion() {
            return group.isEmpty() ? version : group + "/" + version;
        }

        /** The smaller, the better. */
        long rank() {
            Matcher matcher = VERSION.matcher(version);
            if (!matcher.matches()) {
                return Long.MAX_VALUE;
            }
            String stage = String.valueOf(matcher.group(2));
            long unstable = stage.equals("alpha") ? 2 : stage.equals("beta") ? 1 : 0;
            long minor = matcher.group(3) == null ? 0 : Long.parseLong(matcher.group(3));
            return unstable * 1_000_000 - Long.parseLong(matcher.group(1)) * 1000 - minor;
        }
    }

    public static void main(String[] arguments) throws Exception {
        TreeMap<String, List<Kind>> kinds = new TreeMap<>();
        for (String name : classNames()) {
            Class<?> model = Class.forName(name);
            String group = annotation(model, "io.fabric8.kubernetes.model.annotation.Group");
            String version = annotation(model, "io.fabric8.kubernetes.model.annotation.Version");
            String kind = model.getSimpleName();
            boolean ours = group.isEmpty() || !group.contains(".") || group.endsWith(".k8s.io");
            if (version.isEmpty() || !ours || group.equals("extensions") || group.startsWith("internal.")
                    || (kind.endsWith("List") && !kind.equals("List")) || !isObject(model)) {
                continue;
            }
            kinds.computeIfAbsent(kind, _ -> new ArrayList<>()).add(new Kind(group, version));
        }
        StringBuilder json = new StringBuilder("{\n");
        kinds.forEach((kind, versions) -> {
            Kind best = Collections.min(versions, Comparator.comparing((Kind one) -> !one.group().isEmpty())
                    .thenComparing(Kind::rank)
                    .thenComparing(Kind::group));
            json.append("  \"").append(kind).append("\": \"").append(best.apiVersion()).append("\",\n");
        });
        json.setLength(json.length() - 2);
        System.out.println(json.append("\n}"));
    }

    private static boolean isObject(Class<?> model) {
        for (Class<?> one : model.getInterfaces()) {
            if (one.getSimpleName().equals("HasMetadata")) {
                return true;
            }
        }
        return false;
    }

    private static String annotation(Class<?> model, String type) throws Exception {
        for (Annotation annotation : model.getAnnotations()) {
            if (annotation.annotationType().getName().equals(type)) {
                return (String) annotation.annotationType().getMethod("value").invoke(annotation);
            }
        }
        return "";
    }

    private static TreeSet<String> classNames() throws Exception {
        TreeSet<String> names = new TreeSet<>();
        for (URL file : Collections.list(ApiMappings.class.getClassLoader().getResources(SERVICES))) {
            try (BufferedReader lines =
                    new BufferedReader(new InputStreamReader(file.openStream(), StandardCharsets.UTF_8))) {
                lines.lines().map(String::strip).filter(line -> !line.isEmpty() && !line.startsWith("#")).forEach(names::add);
            }
        }
        return names;
    }
}
