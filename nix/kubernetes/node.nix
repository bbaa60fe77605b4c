# The node agent in a cluster: `berth.node.enable = true` renders all that it needs. docs/install.md describes the options' use.
# The names that users of nixkube's modules have are aliases, where they mean the same.
{ config, lib, ... }:
let
  inherit (lib) mkOption types mkIf;
  cfg = config.berth.node;

  alias = from: to: lib.mkAliasOptionModule ([ "nixkube" ] ++ from) ([ "berth" "node" ] ++ to);

  name = "berth-node";
  labels = { "app.kubernetes.io/name" = name; } // (cfg.metadata.labels or { });
  metadata = { inherit labels; annotations = cfg.metadata.annotations or { }; };

  drivers = [ "csi.berth.dev" ] ++ lib.optionals cfg.compat [ "nixkube" "nix.csi.store" ];

  settings = lib.recursiveUpdate (
    {
      root = cfg.hostMountPath;
      kubelet = { dir = cfg.kubeletDir; inherit (cfg) compat; };
      inherit (cfg) substituters presentation;
      trusted-public-keys = cfg.trustedPublicKeys;
      verify-store-paths = cfg.verifyStorePaths;
      log = { inherit (cfg.log) format level; };
    }
    // lib.optionalAttrs cfg.nri.enable {
      nri = { socket = "${nriDirectory}/nri.sock"; } // lib.optionalAttrs (cfg.nri.machines != null) { inherit (cfg.nri) machines; };
    }
    // lib.optionalAttrs cfg.metrics.enable { metrics = ":${toString cfg.metrics.port}"; }
    // lib.optionalAttrs (cfg.netrcSecret != null) { substituting.netrc-file = "/etc/berth-netrc/netrc"; }
  ) cfg.settings;

  nriDirectory = "/var/run/nri";

  # JSON is YAML.
  configuration."node.yaml" = builtins.toJSON settings;

  probe = path: {
    httpGet = { inherit path; port = "metrics"; };
    periodSeconds = 10;
    timeoutSeconds = 7;
  };

  hostPath = path: type: { hostPath = { inherit path type; }; };

  # Mounts must reach the node and outlive the agent, and those of an earlier agent must be seen.
  shared = name: path: { inherit name; mountPath = path; mountPropagation = "Bidirectional"; };
in
{
  imports = [
    (alias [ "enable" ] [ "enable" ])
    (alias [ "namespace" ] [ "namespace" ])
    (alias [ "metadata" ] [ "metadata" ])
    (alias [ "hostMountPath" ] [ "hostMountPath" ])
    (alias [ "verifyStorePaths" ] [ "verifyStorePaths" ])
    (alias [ "node" "compat" ] [ "compat" ])
    (alias [ "node" "tolerations" ] [ "tolerations" ])
    (alias [ "csi" "composefs" ] [ "presentation" ])
    (alias [ "nri" "vmRuntimeHandlers" ] [ "nri" "machines" ])
    (alias [ "metrics" "enable" ] [ "metrics" "enable" ])
    (alias [ "metrics" "annotations" ] [ "metrics" "annotations" ])
    (alias [ "metrics" "port" ] [ "metrics" "port" ])
    (alias [ "loggingConfig" "renderer" ] [ "log" "format" ])
    (alias [ "loggingConfig" "root" "level" ] [ "log" "level" ])
  ];

  options.berth.node = {
    enable = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the node agent is installed.";
    };
    image = mkOption {
      type = types.str;
      example = "registry.example.org/berth:1";
      description = "The container image of the agent: it has `berth` on its PATH.";
    };
    namespace = mkOption {
      type = types.str;
      default = "berth";
      description = "The namespace of the agent, which is made.";
    };
    metadata = mkOption {
      type = types.attrsOf (types.attrsOf types.str);
      default = { };
      example = { labels.team = "platform"; };
      description = "Labels and annotations of all objects.";
    };
    hostMountPath = mkOption {
      type = types.str;
      default = "/var/lib/berth";
      description = "The directory of each node for the agent's store: on a file system with room, not the node's own /nix.";
    };
    kubeletDir = mkOption {
      type = types.str;
      default = "/var/lib/kubelet";
      description = "The root directory of kubelet on each node.";
    };
    compat = mkOption {
      type = types.bool;
      default = true;
      description = "Whether pods may use the driver names nixkube and nix.csi.store, too.";
    };
    substituters = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "https://cache.example.org" ];
      description = "The stores that nodes fetch from, in this order.";
    };
    trustedPublicKeys = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Whose signatures on fetched paths are trusted, NAME:BASE64.";
    };
    netrcSecret = mkOption {
      type = types.nullOr types.str;
      default = null;
      description = "A Secret of the agent's namespace whose key netrc has passwords for substituters.";
    };
    verifyStorePaths = mkOption {
      type = types.bool;
      default = false;
      description = "Whether every path is hashed again before a volume shows it.";
    };
    presentation = mkOption {
      type = types.coercedTo types.bool (composefs: if composefs then "auto" else "hardlink") (
        types.enum [ "auto" "composefs" "hardlink" ]
      );
      default = "auto";
      description = "How volumes are shown: auto takes composefs where a node can do it.";
    };
    tolerations = mkOption {
      type = types.listOf types.raw;
      default = [ ];
      example = [ { operator = "Exists"; } ];
      description = "The tolerations of the agent's pods.";
    };
    nodeSelector = mkOption {
      type = types.attrsOf types.str;
      default = { };
      description = "The nodes that have an agent.";
    };
    resources = mkOption {
      type = types.raw;
      default.requests = { cpu = "20m"; memory = "128Mi"; };
      description = "What the agent's container asks for.";
    };
    nri = {
      enable = mkOption {
        type = types.bool;
        default = false;
        description = "Whether containers get their closures without volumes, by the container runtime's NRI (docs/nri.md).";
      };
      machines = mkOption {
        type = types.nullOr (types.listOf types.str);
        default = null;
        example = [ "kata" ];
        description = "The handlers of RuntimeClasses whose containers are out of the agent's reach; null: the usual names of Kata and gVisor.";
      };
    };
    metrics = {
      enable = mkOption {
        type = types.bool;
        default = true;
        description = "Whether figures and health are shown; without, kubelet does not see that an agent is stuck.";
      };
      port = mkOption {
        type = types.port;
        default = 9099;
        description = "The port of the pod, which has the name metrics.";
      };
      annotations = mkOption {
        type = types.bool;
        default = true;
        description = "Whether the pods have annotations by which Prometheus finds them.";
      };
    };
    log = {
      format = mkOption {
        type = types.coercedTo (types.enum [ "console" "logfmt" ]) (_: "text") (types.enum [ "text" "json" ]);
        default = "json";
        description = "How log lines are written.";
      };
      level = mkOption {
        type = types.coercedTo (types.enum [ "ERROR" "WARNING" "INFO" "DEBUG" ]) (
          level: { ERROR = "error"; WARNING = "warn"; INFO = "info"; DEBUG = "debug"; }.${level}
        ) (types.enum [ "error" "warn" "info" "debug" ]);
        default = "info";
        description = "The least level of lines that are logged.";
      };
    };
    settings = mkOption {
      type = types.raw;
      default = { };
      example = { fetch-timeout = "1h"; };
      description = "More of the agent's configuration file (docs/node.md); wins over what the other options say.";
    };
    extraVolumes = mkOption {
      type = types.listOf types.raw;
      default = [ ];
      description = "More volumes of the agent's pods.";
    };
    extraVolumeMounts = mkOption {
      type = types.listOf types.raw;
      default = [ ];
      description = "Where the agent sees them.";
    };
  };

  config.kubernetes.objects = mkIf cfg.enable {
    none = {
      Namespace.${cfg.namespace} = { inherit metadata; };
      ClusterRole.${name} = {
        inherit metadata;
        # What happens to pods is told in events, and a pod's specification says which paths it runs.
        rules = [
          { apiGroups = [ "" ]; resources = [ "pods" ]; verbs = [ "get" ]; }
          { apiGroups = [ "" "events.k8s.io" ]; resources = [ "events" ]; verbs = [ "create" "patch" ]; }
        ];
      };
      ClusterRoleBinding.${name} = {
        inherit metadata;
        roleRef = { apiGroup = "rbac.authorization.k8s.io"; kind = "ClusterRole"; inherit name; };
        subjects = [ { kind = "ServiceAccount"; inherit name; inherit (cfg) namespace; } ];
      };
      CSIDriver = lib.genAttrs drivers (_: {
        inherit metadata;
        spec = {
          attachRequired = false;
          # The agent must know whose volume it is.
          podInfoOnMount = true;
          volumeLifecycleModes = [ "Ephemeral" ];
          # Never: a volume's files are the files of the node's store, shared by all pods. Where they are hard links, a chown
          # of a pod's volume would change them for everybody, and break the hashes that the store vouches for.
          fsGroupPolicy = "None";
        };
      });
    };
    ${cfg.namespace} = {
      ServiceAccount.${name} = { inherit metadata; };
      ConfigMap.${name} = { inherit metadata; data = configuration; };
      DaemonSet.${name} = {
        inherit metadata;
        spec = {
          selector.matchLabels."app.kubernetes.io/name" = name;
          updateStrategy = { type = "RollingUpdate"; rollingUpdate.maxUnavailable = 1; };
          template = {
            metadata = {
              inherit labels;
              annotations =
                metadata.annotations
                // { "berth.dev/configHash" = builtins.hashString "sha256" (builtins.toJSON configuration); }
                // lib.optionalAttrs (cfg.metrics.enable && cfg.metrics.annotations) {
                  "prometheus.io/scrape" = "true";
                  "prometheus.io/port" = toString cfg.metrics.port;
                };
            };
            spec = {
              serviceAccountName = name;
              priorityClassName = "system-node-critical";
              inherit (cfg) tolerations nodeSelector;
              # The runtime names containers by the node's process ids.
              hostPID = cfg.nri.enable;
              containers = [
                (
                  {
                    inherit name;
                    inherit (cfg) image resources;
                    command = [ "berth" "node" "--config" "/etc/berth/node.yaml" ];
                    env = [ { name = "KUBE_NODE_NAME"; valueFrom.fieldRef.fieldPath = "spec.nodeName"; } ];
                    securityContext.privileged = true;
                    volumeMounts = [
                      (shared "store" cfg.hostMountPath)
                      (shared "kubelet" cfg.kubeletDir)
                      { name = "config"; mountPath = "/etc/berth"; readOnly = true; }
                      { name = "tmp"; mountPath = "/tmp"; }
                    ]
                    ++ lib.optional (cfg.netrcSecret != null) { name = "netrc"; mountPath = "/etc/berth-netrc"; readOnly = true; }
                    ++ lib.optional cfg.nri.enable { name = "nri"; mountPath = nriDirectory; }
                    ++ cfg.extraVolumeMounts;
                  }
                  // lib.optionalAttrs cfg.metrics.enable {
                    ports = [ { name = "metrics"; containerPort = cfg.metrics.port; } ];
                    livenessProbe = probe "/healthz" // { initialDelaySeconds = 30; failureThreshold = 5; };
                    readinessProbe = probe "/readyz" // { failureThreshold = 2; };
                  }
                )
              ];
              volumes = [
                # A directory of the node each, and no subPath of another: some kubelets bind an empty directory for that.
                ({ name = "store"; } // hostPath cfg.hostMountPath "DirectoryOrCreate")
                ({ name = "kubelet"; } // hostPath cfg.kubeletDir "Directory")
                { name = "config"; configMap = { inherit name; }; }
                { name = "tmp"; emptyDir = { }; }
              ]
              ++ lib.optional (cfg.netrcSecret != null) { name = "netrc"; secret = { secretName = cfg.netrcSecret; defaultMode = 256; }; }
              ++ lib.optional cfg.nri.enable ({ name = "nri"; } // hostPath nriDirectory "DirectoryOrCreate")
              ++ cfg.extraVolumes;
            };
          };
        };
      };
    };
  };
}
