package dev.berth.deploy.apply;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.deploy.ManyKinds;
import dev.berth.deploy.Objects;
import dev.berth.deploy.apply.Outcome.Result;
import dev.berth.deploy.wait.Progress;
import dev.berth.kubernetes.ApplyOptions;
import dev.berth.kubernetes.Cluster;
import dev.berth.kubernetes.ClusterAddress;
import dev.berth.kubernetes.ClusterException;
import dev.berth.testing.RealKubernetes;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Deployments to a real API server. */
class RealDeploymentTest {
    private RealKubernetes kubernetes;
    private Cluster cluster;

    @BeforeEach
    void connect() throws ClusterException {
        kubernetes = RealKubernetes.shared();
        cluster = connect(kubernetes.kubeconfig());
    }

    private static Cluster connect(Path kubeconfig) throws ClusterException {
        return Cluster.connect(ClusterAddress.of(kubeconfig));
    }

    @AfterEach
    void close() {
        if (cluster != null) {
            cluster.close();
        }
    }

    private static final Deployment.Policy PRUNING = new Deployment.Policy(false, false, true, true);
    private static final Deployment.Policy RECREATING = new Deployment.Policy(false, true, false, true);

    private static Deployment deployment(String discriminator, List<ObjectNode> objects) {
        Deployment usual = Deployment.of(objects, Optional.of(new Discriminator(discriminator)));
        return new Deployment(
                usual.objects(),
                usual.discriminator(),
                usual.fieldManager(),
                usual.order(),
                usual.policy(),
                usual.concurrency(),
                Duration.ofSeconds(60));
    }

    private Plan plan(Deployment deployment) throws IOException {
        return new Planner(cluster, _ -> {}).plan(deployment);
    }

    private DeployReport deploy(Deployment deployment) throws IOException {
        Plan plan = plan(deployment);
        assertThat(plan.refused()).isEmpty();
        DeployReport report = new Applier(cluster, DeployProgress.SILENT, Progress.SILENT).apply(plan);
        assertThat(report.problem()).isEmpty();
        return report;
    }

    private static Set<String> changed(Plan plan) {
        return plan.changes().stream()
                .filter(change -> !(change instanceof Change.Unchanged))
                .map(change -> change.getClass().getSimpleName() + " " + change.key())
                .collect(Collectors.toSet());
    }

    private static Set<String> removed(Plan plan) {
        return plan.removals().stream().map(removal -> removal.key().toString()).collect(Collectors.toSet());
    }

    private static ObjectNode configMap(String namespace, String name, String rest) {
        return Objects.of(
                "v1",
                "ConfigMap",
                "metadata: {name: '" + name + "', namespace: '" + namespace + "'" + rest + "}, data: {key: 'value'}");
    }

    private ObjectNode live(String apiVersion, String kind, String namespace, String name) throws IOException {
        return cluster.get(cluster.discovery().find(apiVersion, kind).orElseThrow(), namespace, name)
                .orElseThrow();
    }

    private boolean isThere(String kind, String namespace, String name) throws IOException {
        return cluster.get(cluster.discovery().find("v1", kind).orElseThrow(), namespace, name)
                .isPresent();
    }

    @Test
    void deploysManyKindsChangesThemAndTakesThemAway() throws IOException {
        ManyKinds kinds = new ManyKinds("whole");
        List<ObjectNode> objects = kinds.objects(1);
        DeployReport fresh = deploy(deployment("whole", objects));
        assertThat(fresh.count(Result.CREATED)).isEqualTo(objects.size());

        Plan again = plan(deployment("whole", objects));
        assertThat(changed(again)).isEmpty();
        assertThat(again.changesAnything()).isFalse();
        assertThat(PlanText.summary(again)).isEqualTo(objects.size() + " unchanged");
        assertThat(deploy(deployment("whole", objects)).count(Result.UNCHANGED)).isEqualTo(objects.size());

        assertThat(changed(plan(deployment("whole", kinds.objects(2)))))
                .containsExactlyInAnyOrder(
                        "Update ConfigMap whole/config-0",
                        "Update ConfigMap whole/config-1",
                        "Update Deployment whole/web",
                        "Update Deployment whole/worker",
                        "Update Widget whole/widget-0");
        assertThat(deploy(deployment("whole", kinds.objects(2))).count(Result.CHANGED))
                .isEqualTo(5);

        List<ObjectNode> fewer = kinds.objects(2).stream()
                .filter(object -> !Set.of("config-3", "widget-2", "whole-low")
                        .contains(object.path("metadata").path("name").asText()))
                .toList();
        Plan pruning = plan(deployment("whole", fewer).with(PRUNING));
        assertThat(changed(pruning)).isEmpty();
        assertThat(removed(pruning))
                .containsExactlyInAnyOrder(
                        "ConfigMap whole/config-3", "Widget whole/widget-2", "PriorityClass whole-low");
        assertThat(pruning.notLooked()).isEmpty();
        assertThat(deploy(deployment("whole", fewer).with(PRUNING)).count(Result.DELETED))
                .isEqualTo(3);
        assertThat(removed(plan(deployment("whole", fewer).with(PRUNING)))).isEmpty();

        Status status = Status.of(cluster, deployment("whole", List.of()), _ -> {});
        assertThat(status.objects()).hasSize(fewer.size());

        Plan removal = new Planner(cluster, _ -> {}).planRemoval(deployment("whole", List.of()));
        assertThat(removal.removals()).hasSize(fewer.size());
        assertThat(removal.removals().getLast().key().kind()).isEqualTo("Namespace");
        DeployReport gone = new Applier(cluster, DeployProgress.SILENT, Progress.SILENT).apply(removal);
        assertThat(gone.problem()).isEmpty();
        assertThat(isThere("Namespace", "", "whole")).isFalse();
        assertThat(Status.of(cluster, deployment("whole", List.of()), _ -> {}).objects())
                .isEmpty();
    }

    @Test
    void prunesOnlyWhatIsItsOwn() throws IOException {
        ObjectNode namespace = Objects.of("v1", "Namespace", "metadata: {name: 'own'}");
        deploy(deployment(
                "own",
                List.of(
                        namespace,
                        configMap("own", "stays", ""),
                        configMap("own", "goes", ""),
                        configMap("own", "protected", ", annotations: {'berth.dev/skip-delete': 'true'}"),
                        configMap("own", "kluctl", ", annotations: {'kluctl.io/skip-delete': 'true'}"),
                        configMap("own", "helm", ", annotations: {'helm.sh/resource-policy': 'keep'}"))));
        // Labels that a controller copied, an owner, another deployment.
        String label = ", labels: {'" + Discriminator.LABEL + "': 'own'}";
        var maps = cluster.discovery().find("v1", "ConfigMap").orElseThrow();
        cluster.apply(maps, configMap("own", "copied", label), new ApplyOptions("controller", false, false));
        String uid = live("v1", "ConfigMap", "own", "stays")
                .path("metadata")
                .path("uid")
                .asText();
        cluster.apply(
                maps,
                configMap(
                        "own",
                        "owned",
                        label + ", ownerReferences: [{apiVersion: 'v1', kind: 'ConfigMap', name: 'stays', uid: '" + uid
                                + "'}]"),
                new ApplyOptions("berth", false, false));
        deploy(deployment("other", List.of(configMap("own", "others", ""))));

        Deployment less = deployment("own", List.of(namespace, configMap("own", "stays", "")))
                .with(PRUNING);
        Plan plan = plan(less);
        assertThat(removed(plan)).containsExactly("ConfigMap own/goes");
        assertThat(plan.kept().stream().map(kept -> kept.key().name()))
                .containsExactlyInAnyOrder("protected", "kluctl", "helm");
        deploy(less);
        for (String name : List.of("stays", "protected", "kluctl", "helm", "copied", "owned", "others")) {
            assertThat(isThere("ConfigMap", "own", name)).as(name).isTrue();
        }
        // A namespace in which something is to stay stays.
        Plan all = new Planner(cluster, _ -> {}).planRemoval(deployment("own", List.of()));
        assertThat(removed(all)).containsExactly("ConfigMap own/stays");
        assertThat(all.kept().stream().map(kept -> kept.key().toString())).contains("Namespace own");

        Plan stolen = plan(deployment("thief", List.of(configMap("own", "stays", ""))));
        assertThat(stolen.refused().getFirst().why()).contains("discriminator own");
    }

    private static final String REPLICAS =
            "spec: {replicas: REPLICAS, selector: {matchLabels: {a: 'b'}}, template: {metadata: {labels: {a: 'b'}}, spec:"
                    + " {containers: [{name: 'main', image: 'x'}]}}}";

    private static ObjectNode set(int replicas, String annotations) {
        return Objects.of(
                "apps/v1",
                "ReplicaSet",
                "metadata: {name: 'fought', namespace: 'default', annotations: {" + annotations + "}}, "
                        + REPLICAS.replace("REPLICAS", String.valueOf(replicas)));
    }

    @Test
    void namesOtherManagersAndTakesTheirFieldsOnlyIfTold() throws IOException {
        deploy(deployment("fought", List.of(set(0, "x: 'y'"))));
        var sets = cluster.discovery().find("apps/v1", "ReplicaSet").orElseThrow();
        ObjectNode scaled = Objects.of(
                "apps/v1", "ReplicaSet", "metadata: {name: 'fought', namespace: 'default'}, spec: {replicas: 3}");
        cluster.apply(sets, scaled, new ApplyOptions("scaler", true, false));

        Plan refused = plan(deployment("fought", List.of(set(0, "x: 'y'"))));
        assertThat(refused.refused().getFirst().why())
                .contains("spec.replicas is scaler's")
                .contains("--force-conflicts");
        Plan left = plan(
                deployment("fought", List.of(set(0, "x: 'y', 'kluctl.io/ignore-conflicts-field': 'spec.replicas'"))));
        assertThat(changed(left)).containsExactly("Update ReplicaSet default/fought");
        assertThat(((Change.Update) left.changes().getFirst())
                        .fields().stream().map(field -> field.path().toString()))
                .doesNotContain("spec.replicas");
        Plan taken =
                plan(deployment("fought", List.of(set(0, "x: 'y', 'berth.dev/force-apply-field': 'spec.replicas'"))));
        assertThat(((Change.Update) taken.changes().getFirst())
                        .fields().stream().map(field -> field.path().toString()))
                .contains("spec.replicas");
        Deployment forced = deployment("fought", List.of(set(0, "x: 'y'")));
        deploy(forced.with(new Deployment.Policy(true, false, false, true)));
        assertThat(live("apps/v1", "ReplicaSet", "default", "fought")
                        .path("spec")
                        .path("replicas")
                        .asInt())
                .isZero();
    }

    @Test
    void takesOverWhatKluctlDeployed() throws IOException {
        var maps = cluster.discovery().find("v1", "ConfigMap").orElseThrow();
        ObjectNode old = configMap("default", "taken-over", ", labels: {'kluctl.io/discriminator': 'moved'}");
        old.withObjectProperty("data").put("dropped", "x");
        cluster.apply(maps, old, new ApplyOptions("kluctl", true, false));
        cluster.apply(
                maps,
                configMap("default", "left-behind", ", labels: {'kluctl.io/discriminator': 'moved'}"),
                new ApplyOptions("kluctl", true, false));

        Deployment moved = deployment("moved", List.of(configMap("default", "taken-over", "")))
                .with(PRUNING);
        Plan plan = plan(moved);
        Change.Update update = (Change.Update) plan.changes().getFirst();
        assertThat(update.takenFrom()).contains("kluctl");
        assertThat(update.fields().stream().map(field -> field.path().toString()))
                .contains("data.dropped");
        assertThat(removed(plan)).containsExactly("ConfigMap default/left-behind");
        deploy(moved);
        ObjectNode live = live("v1", "ConfigMap", "default", "taken-over");
        assertThat(live.path("data").has("dropped")).isFalse();
        assertThat(live.path("metadata").path("labels").has("kluctl.io/discriminator"))
                .isFalse();
        assertThat(ManagedFields.of(live).applied("kluctl")).isEmpty();
        assertThat(changed(plan(moved))).isEmpty();
    }

    private static ObjectNode job(String image, String annotations) {
        return Objects.of(
                "batch/v1",
                "Job",
                "metadata: {name: 'once', namespace: 'default', annotations: {" + annotations
                        + "}}, spec: {completions: 0,"
                        + " template: {spec: {restartPolicy: 'Never', containers: [{name: 'main', image: '" + image
                        + "'}]}}}");
    }

    @Test
    void recreatesOnlyWhenToldAndNeverClaims() throws IOException {
        deploy(deployment("fixed", List.of(job("one", ""))));
        assertThat(plan(deployment("fixed", List.of(job("two", ""))))
                        .refused()
                        .getFirst()
                        .why())
                .contains("spec.template")
                .contains("--recreate");
        DeployReport report =
                deploy(deployment("fixed", List.of(job("two", ""))).with(RECREATING));
        assertThat(report.count(Result.RECREATED)).isEqualTo(1);
        assertThat(live("batch/v1", "Job", "default", "once").toString()).contains("\"two\"");

        String claim =
                "metadata: {name: 'fixed', namespace: 'default'}, spec: {accessModes: ['ReadWriteOnce'], storageClassName:"
                        + " 'SIZE', resources: {requests: {storage: '1Gi'}}}";
        Deployment first =
                deployment("claim", List.of(Objects.of("v1", "PersistentVolumeClaim", claim.replace("SIZE", "a"))));
        deploy(first.with(new Deployment.Policy(false, false, false, false)));
        Plan refused =
                plan(deployment("claim", List.of(Objects.of("v1", "PersistentVolumeClaim", claim.replace("SIZE", "b"))))
                        .with(RECREATING));
        assertThat(refused.refused().getFirst().why()).contains("never deletes a PersistentVolumeClaim");
    }

    @Test
    void runsHooksEveryTime() throws IOException {
        ObjectNode hook = job("hook", "'kluctl.io/hook': 'pre-deploy'");
        hook.withObjectProperty("metadata").put("name", "hook");
        ObjectNode upgrade = job(
                "hook",
                "'berth.dev/hook': 'post-deploy-upgrade', 'berth.dev/hook-delete-policy':"
                        + " 'before-hook-creation,hook-succeeded'");
        upgrade.withObjectProperty("metadata").put("name", "upgrade");
        Deployment deployment = deployment("hooked", List.of(hook, upgrade, configMap("default", "beside", "")));
        assertThat(deploy(deployment).count(Result.RAN)).isEqualTo(1);
        String first = live("batch/v1", "Job", "default", "hook")
                .path("metadata")
                .path("uid")
                .asText();
        assertThat(deploy(deployment).count(Result.RAN)).isEqualTo(2);
        assertThat(live("batch/v1", "Job", "default", "hook")
                        .path("metadata")
                        .path("uid")
                        .asText())
                .isNotEqualTo(first);
        assertThat(cluster.get(cluster.discovery().find("batch/v1", "Job").orElseThrow(), "default", "upgrade"))
                .isEmpty();
    }

    @Test
    void refusesBeforeTheFirstChangeWhatIsNotAllowed() throws IOException {
        deploy(deployment(
                "rights",
                List.of(
                        Objects.of("v1", "Namespace", "metadata: {name: 'mine'}"),
                        Objects.of("v1", "Namespace", "metadata: {name: 'theirs'}"),
                        Objects.of(
                                "rbac.authorization.k8s.io/v1",
                                "Role",
                                "metadata: {name: 'all', namespace: 'mine'}, rules: [{apiGroups: [''], resources:"
                                        + " ['configmaps'], verbs: ['*']}]"),
                        Objects.of(
                                "rbac.authorization.k8s.io/v1",
                                "RoleBinding",
                                "metadata: {name: 'all', namespace: 'mine'}, roleRef: {apiGroup: 'rbac.authorization.k8s.io',"
                                        + " kind: 'Role', name: 'all'}, subjects: [{apiGroup: 'rbac.authorization.k8s.io',"
                                        + " kind: 'User', name: 'some'}]"))));
        cluster.close();
        cluster = connect(kubernetes.kubeconfigAs("some"));
        List<ObjectNode> both = List.of(configMap("mine", "a", ""), configMap("theirs", "b", ""));
        Plan refused = plan(deployment("partial", both));
        assertThat(refused.refused()).hasSize(1);
        assertThat(refused.refused().getFirst().why()).contains("configmaps \"b\" is forbidden");

        List<ObjectNode> allowed = List.of(configMap("mine", "a", ""), configMap("mine", "b", ""));
        deploy(deployment("partial", allowed));
        // What could not be listed is named, and what can is pruned.
        Plan pruning = plan(deployment("partial", allowed.subList(0, 1)).with(PRUNING));
        assertThat(removed(pruning)).containsExactly("ConfigMap mine/b");
        assertThat(String.join("\n", pruning.notLooked())).contains("Secret").contains("only in mine");
    }

    @Test
    void saysWhichWebhookIsInTheWay() throws IOException {
        ObjectNode namespace = Objects.of("v1", "Namespace", "metadata: {name: 'hooked', labels: {hooked: 'yes'}}");
        ObjectNode webhook = Objects.of("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", """
                metadata: {name: 'hooked'}, webhooks: [{name: 'hooked.example.org', sideEffects: 'None', failurePolicy: 'Fail',
                 admissionReviewVersions: ['v1'], clientConfig: {url: 'https://127.0.0.1:1/'},
                 namespaceSelector: {matchLabels: {hooked: 'yes'}}, rules: [{apiGroups: [''], apiVersions: ['*'],
                  operations: ['CREATE'], resources: ['configmaps'], scope: '*'}]}]""");
        deploy(deployment("webhook", List.of(namespace, webhook)));
        try {
            Deployment hooked = deployment("hooked", List.of(configMap("hooked", "a", "")));
            Plan plan = plan(new Deployment(
                    hooked.objects(),
                    hooked.discriminator(),
                    hooked.fieldManager(),
                    hooked.order(),
                    hooked.policy(),
                    hooked.concurrency(),
                    Duration.ofSeconds(3)));
            assertThat(changed(plan)).containsExactly("Create ConfigMap hooked/a");
            DeployReport report = new Applier(cluster, DeployProgress.SILENT, Progress.SILENT).apply(plan);
            assertThat(report.problem())
                    .hasValueSatisfying(problem -> assertThat(problem)
                            .contains("ConfigMap hooked/a", "failed calling webhook \"hooked.example.org\""));
            assertThat(isThere("ConfigMap", "hooked", "a")).isFalse();
        } finally {
            new Applier(cluster, DeployProgress.SILENT, Progress.SILENT)
                    .apply(new Planner(cluster, _ -> {}).planRemoval(deployment("webhook", List.of())));
        }
    }

    @Test
    void refusesWhatTheClusterDoesNotKnow() throws IOException {
        Plan plan = plan(deployment(
                "odd",
                List.of(
                        Objects.of("example.com/v1", "Thing", "metadata: {name: 'a'}"),
                        Objects.of("apps/v1beta9", "Deployment", "metadata: {name: 'b'}"),
                        configMap("nowhere", "c", ""),
                        Objects.of("v1", "ConfigMap", "metadata: {name: 'Not A Name'}"),
                        configMap("default", "twice", ""),
                        configMap("default", "twice", ""))));
        assertThat(plan.refused().stream().map(Change.Refused::why).toList())
                .anySatisfy(why -> assertThat(why).contains("no kind Thing"))
                .anySatisfy(why -> assertThat(why).contains("it has it of apps/v1"))
                .anySatisfy(why -> assertThat(why).contains("no namespace nowhere"))
                .anySatisfy(why -> assertThat(why).contains("Not A Name"))
                .anySatisfy(why -> assertThat(why).contains("has it twice"))
                .hasSize(5);
    }
}
