package dev.berth.node.pods;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class PodReaderTest {
    private static final String HASH = "q06x3jll2yfzckz2bzqak089p43ixkk";
    private static final String POD = """
            {"kind": "Pod",
             "metadata": {"namespace": "shop", "name": "web-0", "uid": "u-1",
               "annotations": {"note": "/nix/store/HASH0-in-an-annotation"}},
             "spec": {"hostUsers": false,
               "volumes": [
                 {"name": "nix", "csi": {"driver": "csi.berth.dev",
                   "volumeAttributes": {"x86_64-linux": "/nix/store/HASH1-in-attributes"}}},
                 {"name": "data", "emptyDir": {}}],
               "initContainers": [{"name": "init", "args": ["--conf=/nix/store/HASH2-conf/etc:/nix/store/HASH3-more"]}],
               "containers": [{"name": "main", "command": ["/nix/store/HASH4-hello/bin/hello"],
                 "env": [{"name": "A", "value": "x"}, {"name": "B", "valueFrom": {"deep": [["/nix/store/HASH5-env"]]}}],
                 "volumeMounts": [{"name": "nix", "mountPath": "/nix", "subPath": "nix"},
                                  {"name": "nix", "mountPath": "/x", "subPathExpr": "$(A)"}]},
                {"name": "plain", "image": "/nix/store/HASH2-conf"}]}}
            """.replace("HASH", HASH);

    private final ObjectMapper json = new ObjectMapper();
    private final PodReader reader = new PodReader(StoreDir.DEFAULT);

    private JsonNode tree(String text) {
        try {
            return json.readTree(text);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static StorePath path(int number, String name) {
        return new StorePath(HASH + number + "-" + name);
    }

    @Test
    void readsWhatIsWanted() {
        Pod pod = reader.read(tree(POD)).orElseThrow();
        assertThat(pod.ref()).isEqualTo(new PodRef("shop", "web-0", "u-1"));
        assertThat(pod.hostUsers()).isFalse();
        assertThat(pod.terminating()).isFalse();
        assertThat(pod.storePaths())
                .containsExactlyInAnyOrder(path(2, "conf"), path(3, "more"), path(4, "hello"), path(5, "env"));
        assertThat(pod.volumes()).containsExactly(new Pod.Volume("nix", "csi.berth.dev"));
        assertThat(pod.containers())
                .containsExactly(
                        new Pod.Container("init", true, List.of()),
                        new Pod.Container(
                                "main",
                                true,
                                List.of(new Pod.Mount("nix", "/nix", "nix"), new Pod.Mount("nix", "/x", "$(A)"))),
                        new Pod.Container("plain", false, List.of()));
    }

    @Test
    void seesThatAPodIsBeingDeleted() {
        ObjectNode pod = (ObjectNode) tree(POD);
        pod.withObject("/metadata").put("deletionTimestamp", "2026-01-01T00:00:00Z");
        assertThat(reader.read(pod).orElseThrow().terminating()).isTrue();
    }

    @Test
    void aMirrorOfAStaticPodHasTheUidThatKubeletKnows() {
        ObjectNode pod = (ObjectNode) tree(POD);
        pod.withObject("/metadata/annotations").put("kubernetes.io/config.mirror", "0123abcd");
        assertThat(reader.read(pod).orElseThrow().ref().uid()).isEqualTo("0123abcd");
    }

    @Test
    void otherThingsAreNoPods() {
        for (String other : List.of(
                "{}",
                "[]",
                "\"Pod\"",
                "{\"kind\": \"Pod\"}",
                "{\"kind\": \"Pod\", \"metadata\": {\"uid\": \"u\"}}",
                "{\"kind\": \"ConfigMap\", \"metadata\": {\"uid\": \"u\"}, \"spec\": {}}")) {
            assertThat(reader.read(tree(other))).as(other).isEmpty();
        }
        assertThat(reader.read(tree("{\"kind\": \"Pod\", \"metadata\": {\"uid\": \"u\"}, \"spec\": {\"containers\": 7,"
                        + " \"volumes\": {\"csi\": []}, \"hostUsers\": \"x\"}}")))
                .hasValueSatisfying(pod -> assertThat(pod.containers()).isEmpty());
    }
}
