# The order in which kinds are applied: Helm's, with custom resources before what calls into them.
let
  kinds = [
    "PriorityClass"
    "Namespace"
    "NetworkPolicy"
    "ResourceQuota"
    "LimitRange"
    "PodSecurityPolicy"
    "PodDisruptionBudget"
    "ServiceAccount"
    "Secret"
    "SecretList"
    "ConfigMap"
    "StorageClass"
    "PersistentVolume"
    "PersistentVolumeClaim"
    "CustomResourceDefinition"
    "ClusterRole"
    "ClusterRoleList"
    "ClusterRoleBinding"
    "ClusterRoleBindingList"
    "Role"
    "RoleList"
    "RoleBinding"
    "RoleBindingList"
    "Service"
    "DaemonSet"
    "Pod"
    "ReplicationController"
    "ReplicaSet"
    "Deployment"
    "HorizontalPodAutoscaler"
    "StatefulSet"
    "Job"
    "CronJob"
    "IngressClass"
    "Ingress"
  ];
in
builtins.listToAttrs (
  builtins.genList (i: {
    name = builtins.elemAt kinds i;
    value = (i + 1) * 10;
  }) (builtins.length kinds)
)
// {
  APIService = 1010;
  MutatingWebhookConfiguration = 1020;
  ValidatingWebhookConfiguration = 1030;
}
