package dev.berth.deploy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/**
 * A manifest of more than 60 objects of more than 30 kinds that Kubernetes 1.20 serves: a namespace and what lives in it, a CRD
 * with custom resources, webhooks for them, RBAC, storage, and each kind of workload. All of it becomes ready without a node:
 * workloads have no replicas, the Job has nothing to complete, the claim waits for its first pod.
 *
 * @param name of the namespace, and the beginning of every name that is not in it: lower-case letters, digits, hyphens
 */
public record ManyKinds(String name) {
    private static final int CONFIG_MAPS = 15;
    private static final int WIDGETS = 6;

    /** The API group of its custom resources. */
    public String group() {
        return name + ".berth.test";
    }

    /**
     * The objects, in an order in which they could not be applied one by one.
     *
     * @param revision another one differs in two of the ConfigMaps, the Deployments' templates and one custom resource: five
     *     objects
     */
    public List<ObjectNode> objects(int revision) {
        List<ObjectNode> objects = new ArrayList<>();
        webhooks(objects);
        custom(objects, revision);
        workloads(objects, revision);
        network(objects);
        content(objects, revision);
        access(objects);
        storage(objects);
        cluster(objects);
        return objects;
    }

    private ObjectNode namespaced(String apiVersion, String kind, String suffix, String rest) {
        return Objects.of(
                apiVersion,
                kind,
                "metadata: {name: '" + suffix + "', namespace: '" + name + "', labels: {app: 'many'}}" + rest(rest));
    }

    private ObjectNode global(String apiVersion, String kind, String fullName, String rest) {
        return Objects.of(apiVersion, kind, "metadata: {name: '" + fullName + "'}" + rest(rest));
    }

    private static String rest(String rest) {
        return rest.isEmpty() ? "" : ", " + rest;
    }

    private void cluster(List<ObjectNode> objects) {
        objects.add(global("v1", "Namespace", name, ""));
        objects.add(
                global("scheduling.k8s.io/v1", "PriorityClass", name + "-low", "value: 10, description: 'of a test'"));
        objects.add(global("node.k8s.io/v1", "RuntimeClass", name + "-runtime", "handler: 'runc'"));
        objects.add(global(
                "networking.k8s.io/v1", "IngressClass", name + "-ingress", "spec: {controller: 'berth.test/none'}"));
        objects.add(namespaced(
                "v1", "ResourceQuota", "quota", "spec: {hard: {configmaps: '100', secrets: '100', pods: '50'}}"));
        objects.add(namespaced(
                "v1",
                "LimitRange",
                "limits",
                "spec: {limits: [{type: 'Container', default: {memory: '64Mi'}, defaultRequest: {memory: '32Mi'}}]}"));
    }

    private void storage(List<ObjectNode> objects) {
        objects.add(global(
                "storage.k8s.io/v1",
                "StorageClass",
                name + "-late",
                "provisioner: 'kubernetes.io/no-provisioner', volumeBindingMode: 'WaitForFirstConsumer'"));
        objects.add(global(
                "storage.k8s.io/v1",
                "CSIDriver",
                name + ".csi.berth.test",
                "spec: {attachRequired: false, podInfoOnMount: true, volumeLifecycleModes: ['Ephemeral']}"));
        objects.add(global(
                "v1",
                "PersistentVolume",
                name + "-volume",
                "spec: {capacity: {storage: '1Gi'}, accessModes: ['ReadWriteOnce'], storageClassName: '" + name
                        + "-none', hostPath: {path: '/tmp/" + name + "'}}"));
        objects.add(namespaced(
                "v1",
                "PersistentVolumeClaim",
                "data",
                "spec: {accessModes: ['ReadWriteOnce'], storageClassName: '" + name
                        + "-late', resources: {requests: {storage: '1Gi'}}}"));
    }

    private void access(List<ObjectNode> objects) {
        for (String account : List.of("web", "worker")) {
            objects.add(namespaced("v1", "ServiceAccount", account, ""));
            objects.add(namespaced(
                    "rbac.authorization.k8s.io/v1",
                    "Role",
                    account,
                    "rules: [{apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list']}]"));
            objects.add(namespaced(
                    "rbac.authorization.k8s.io/v1",
                    "RoleBinding",
                    account,
                    "roleRef: {apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: '" + account + "'}, subjects:"
                            + " [{kind: 'ServiceAccount', name: '" + account + "', namespace: '" + name + "'}]"));
        }
        objects.add(global(
                "rbac.authorization.k8s.io/v1",
                "ClusterRole",
                name + "-reader",
                "rules: [{apiGroups: ['" + group() + "'], resources: ['widgets'], verbs: ['get', 'list', 'watch']}]"));
        objects.add(global(
                "rbac.authorization.k8s.io/v1",
                "ClusterRoleBinding",
                name + "-reader",
                "roleRef: {apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: '" + name
                        + "-reader'}, subjects: [{kind: 'ServiceAccount', name: 'web', namespace: '" + name + "'}]"));
    }

    private void content(List<ObjectNode> objects, int revision) {
        for (int i = 0; i < CONFIG_MAPS; i++) {
            String value = i < 2 ? "revision " + revision : "constant";
            objects.add(
                    namespaced("v1", "ConfigMap", "config-" + i, "data: {key: '" + value + "', number: '" + i + "'}"));
        }
        objects.add(namespaced("v1", "Secret", "password", "type: 'Opaque', data: {password: 'c2VjcmV0'}"));
        objects.add(namespaced("v1", "Secret", "token", "stringData: {token: 'abc'}"));
        objects.add(namespaced("coordination.k8s.io/v1", "Lease", "leader", "spec: {holderIdentity: 'nobody'}"));
    }

    private void network(List<ObjectNode> objects) {
        for (String service : List.of("web", "worker")) {
            objects.add(namespaced(
                    "v1",
                    "Service",
                    service,
                    "spec: {selector: {run: '" + service + "'}, ports: [{name: 'http', port: 80, targetPort: 8080}]}"));
        }
        objects.add(namespaced("v1", "Service", "external", "spec: {ports: [{name: 'db', port: 5432}]}"));
        objects.add(namespaced(
                "v1",
                "Endpoints",
                "external",
                "subsets: [{addresses: [{ip: '192.0.2.1'}], ports: [{name: 'db', port: 5432}]}]"));
        objects.add(namespaced(
                "networking.k8s.io/v1",
                "NetworkPolicy",
                "closed",
                "spec: {podSelector: {matchLabels: {run: 'web'}}, policyTypes: ['Ingress']}"));
        objects.add(namespaced(
                "networking.k8s.io/v1",
                "Ingress",
                "web",
                "spec: {ingressClassName: '" + name
                        + "-ingress', rules: [{host: 'web.example.org', http: {paths: [{path:"
                        + " '/', pathType: 'Prefix', backend: {service: {name: 'web', port: {name: 'http'}}}}]}}]}"));
    }

    private static String template(String run, int revision) {
        return "template: {metadata: {labels: {run: '" + run + "'}}, spec: {containers: [{name: 'main', image:"
                + " 'localhost/busybox:" + revision + "', command: ['sleep', '1000']}]}}";
    }

    private void workloads(List<ObjectNode> objects, int revision) {
        for (String run : List.of("web", "worker")) {
            objects.add(namespaced(
                    "apps/v1",
                    "Deployment",
                    run,
                    "spec: {replicas: 0, selector: {matchLabels: {run: '" + run + "'}}, " + template(run, revision)
                            + "}"));
        }
        String none = "spec: {replicas: 0, selector: {matchLabels: {run: 'RUN'}}, ";
        objects.add(namespaced(
                "apps/v1",
                "StatefulSet",
                "db",
                none.replace("RUN", "db").replace("spec: {", "spec: {serviceName: 'db', ") + template("db", 1) + "}"));
        objects.add(namespaced(
                "apps/v1",
                "DaemonSet",
                "agent",
                "spec: {selector: {matchLabels: {run: 'agent'}}, "
                        + template("agent", 1).replace("spec: {", "spec: {nodeSelector: {nowhere: 'true'}, ")
                        + "}"));
        objects.add(namespaced("apps/v1", "ReplicaSet", "set", none.replace("RUN", "set") + template("set", 1) + "}"));
        objects.add(namespaced(
                "v1",
                "ReplicationController",
                "old",
                "spec: {replicas: 0, selector: {run: 'old'}, " + template("old", 1) + "}"));
        String once = template("once", 1).replace("spec: {", "spec: {restartPolicy: 'Never', ");
        objects.add(namespaced("batch/v1", "Job", "once", "spec: {completions: 0, " + once + "}"));
        objects.add(namespaced(
                "batch/v1beta1",
                "CronJob",
                "nightly",
                "spec: {schedule: '0 3 * * *', suspend: true, jobTemplate: {spec: {" + once + "}}}"));
        objects.add(namespaced("v1", "PodTemplate", "template", template("some", 1)));
        ObjectNode pod =
                namespaced("v1", "Pod", "lone", "spec: {containers: [{name: 'main', image: 'localhost/busybox:1'}]}");
        pod.withObjectProperty("metadata").putObject("annotations").put("berth.dev/validate-ignore", "true");
        objects.add(pod);
        objects.add(namespaced(
                "autoscaling/v1",
                "HorizontalPodAutoscaler",
                "worker",
                "spec: {scaleTargetRef: {apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db'}, minReplicas: 1,"
                        + " maxReplicas: 3, targetCPUUtilizationPercentage: 80}"));
        objects.add(namespaced(
                "policy/v1beta1",
                "PodDisruptionBudget",
                "web",
                "spec: {minAvailable: 1, selector: {matchLabels: {run: 'web'}}}"));
    }

    private void custom(List<ObjectNode> objects, int revision) {
        for (int i = 0; i < WIDGETS; i++) {
            objects.add(namespaced(
                    group() + "/v1",
                    "Widget",
                    "widget-" + i,
                    "spec: {size: " + (i == 0 ? revision : i) + ", parts: [{name: 'a'}, {name: 'b'}]}"));
        }
        objects.add(global(group() + "/v1", "Factory", name + "-factory", "spec: {open: true}"));
        objects.add(definition("Widget", "widgets", "Namespaced"));
        objects.add(definition("Factory", "factories", "Cluster"));
    }

    private ObjectNode definition(String kind, String plural, String scope) {
        return global(
                "apiextensions.k8s.io/v1",
                "CustomResourceDefinition",
                plural + "." + group(),
                "spec: {group: '" + group() + "', scope: '" + scope + "', names: {kind: '" + kind + "', plural: '"
                        + plural
                        + "'}, versions: [{name: 'v1', served: true, storage: true, subresources: {status: {}}, schema:"
                        + " {openAPIV3Schema: {type: 'object', properties: {spec: {type: 'object',"
                        + " 'x-kubernetes-preserve-unknown-fields': true}, status: {type: 'object',"
                        + " 'x-kubernetes-preserve-unknown-fields': true}}}}}]}");
    }

    /** Nobody answers them: a deployment that applied custom resources behind them would take seconds for each. */
    private void webhooks(List<ObjectNode> objects) {
        for (String kind : List.of("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration")) {
            objects.add(global(
                    "admissionregistration.k8s.io/v1",
                    kind,
                    name + "-hooks",
                    "webhooks: [{name: 'widgets." + group() + "', admissionReviewVersions: ['v1'], sideEffects: 'None',"
                            + " failurePolicy: 'Ignore', timeoutSeconds: 1, clientConfig: {service: {name: 'hooks',"
                            + " namespace: '" + name + "', path: '/'}}, rules: [{apiGroups: ['" + group()
                            + "'], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['widgets']}]}]"));
        }
    }
}
