# Names of easykubenix, ekn and kluctl that Berth does without: some are taken without effect, with a warning, and those that
# would make a difference are refused with a way out. docs/coming-from-easykubenix.md lists them.
{ lib, options, ... }:
let
  inherit (lib) mkOption types getAttrFromPath showOption;

  # [ path why ]
  ignored = [
    [ "kluctl" "package" ] "Berth applies objects itself"
    [ "kluctl" "project" ] "Berth needs no project of kluctl's"
    [ "validation" "debug" ] "berth validate says what it does by itself"
    [ "validation" "etcdPackage" ] "berth validate takes the programs that it finds"
    [ "validation" "kubeconformPackage" ] "berth validate checks schemas itself"
    [ "validation" "kubeadmConfig" ] "berth validate needs no kubeadm"
    [ "validation" "podSubnet" ] "berth validate runs no pods"
    [ "validation" "serviceSubnet" ] "berth validate chooses one; --dual-stack for both families"
    [ "validation" "openapiSpec" ] "berth validate asks its API server"
    [ "validation" "schemaCheck" ] "berth validate always checks schemas"
    [ "kubernetes" "novalidateKeys" ] "berth validate leaves nothing out"
  ];

  gitOps = "Berth applies objects to a cluster, and commits nothing to branches. For a part of its own call the modules once more, with a berth.discriminator of its own; for Argo CD and Flux, commit what berth render prints";
  refused = [
    [ "deployment" ] gitOps
    [ "gitOps" ] gitOps
    [ "kubernetes" "deploymentUnits" ] gitOps
    [ "kubernetes" "gitOpsTargets" ] gitOps
    [ "kluctl" "excludeGitopsTargets" ] gitOps
    [ "tofu" ] "Berth runs no OpenTofu; run it beside"
    [ "ekn" "cachePackage" ] "What is pushed are the store paths that the objects name. Name the others in an object, such as an annotation, or push them with berth push"
    [ "kluctl" "deployment" ] "The order of kinds is berth.resourcePriority"
    [ "kluctl" "files" ] "Put objects into kubernetes.objects, or import them with importyaml"
    [ "kluctl" "projectDir" ] "There is no project of kluctl's; call what deploymentScript gives"
    [ "kluctl" "script" ] "Call what deploymentScript gives"
    [ "kubernetes" "sopsAgeIdentities" ] "Berth does not decrypt: put secrets into the cluster by other means, or name variables with ekn.envSeed"
  ];

  pairs = list: if list == [ ] then [ ] else [ { path = lib.head list; why = lib.elemAt list 1; } ] ++ pairs (lib.drop 2 list);
  merged = lib.foldl' lib.recursiveUpdate { };
in
{
  imports =
    map (one: lib.mkRemovedOptionModule one.path one.why) (pairs refused)
    ++ [ (lib.mkAliasOptionModule [ "ekn" "discriminator" ] [ "berth" "discriminator" ]) ]
    ++ map (name: lib.mkAliasOptionModule [ "pushManifest" name ] [ "kluctl" "pushManifest" name ]) [ "enable" "to" "failCachePush" ];

  options = merged (
    map (
      one:
      lib.setAttrByPath one.path (mkOption {
        type = types.raw;
        visible = false;
        description = "Taken without effect: ${one.why}.";
      })
    ) (pairs ignored)
    ++ [
      {
        kubernetes.package = mkOption {
          type = types.raw;
          default = null;
          description = "Kubernetes, whose version Helm charts are rendered for unless they say one.";
        };
        kubernetes.templates = mkOption {
          type = types.attrsOf types.raw;
          default = { };
          description = "Functions that modules make objects with, for each other.";
          example = lib.literalExpression "{ app = { name, image }: { spec.template.spec.containers = lib.mkNamedList { \${name}.image = image; }; }; }";
        };
      }
    ]
  );

  config.warnings = lib.concatMap (
    one:
    let
      option = getAttrFromPath one.path options;
    in
    lib.optional option.isDefined "${showOption one.path} (${lib.concatMapStringsSep ", " toString option.files}) has no effect: ${one.why}"
  ) (pairs ignored);
}
