# Helm charts, rendered while the manifest is evaluated: `helm.releases.<name>`. Needs nixpkgs, which has Helm.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.helm;
  kubernetesPackage = config.kubernetes.package;
  imported = import ./imported.nix lib;
  toJson = import ./yaml-to-json.nix { inherit lib pkgs; inherit (config._berth) hasPkgs; };

  rendered =
    release:
    pkgs.runCommand "helm-${release.name}.yaml"
      {
        values = builtins.toJSON release.values;
        passAsFile = [ "values" ];
        nativeBuildInputs = [ cfg.package ];
      }
      ''
        export HOME=$TMPDIR
        helm template ${
          lib.escapeShellArgs (
            [ release.name "${release.chart}" ]
            ++ lib.optionals (release.namespace != null) [ "--namespace" release.namespace ]
            ++ lib.optionals (release.kubeVersion != null) [ "--kube-version" release.kubeVersion ]
            ++ lib.optional release.includeCRDs "--include-crds"
            ++ lib.optional release.noHooks "--no-hooks"
            ++ lib.concatMap (version: [ "--api-versions" version ]) release.apiVersions
          )
        } --values "$valuesPath" > $out
      '';

  objectsOf =
    release:
    toJson {
      name = "helm-${release.name}";
      src = rendered release;
      version = release.yamlVersion;
    }
    ++ lib.optional (release.namespace != null) {
      apiVersion = "v1";
      kind = "Namespace";
      metadata.name = release.namespace;
    };

  all = lib.concatLists (lib.mapAttrsToList (name: imported.prepare "helm.releases.${name}") cfg.releases);
in
{
  options.helm = {
    package = lib.mkPackageOption pkgs "kubernetes-helm" { };
    releases = mkOption {
      default = { };
      description = "Helm releases whose objects are imported, by name.";
      type = types.attrsOf (
        types.submodule (
          { config, name, ... }:
          {
            options = imported.options // {
              name = mkOption {
                type = types.str;
                default = name;
                description = "The name of the release.";
              };
              chart = mkOption {
                type = types.either types.package types.path;
                description = "The chart: a directory or an archive.";
              };
              namespace = mkOption {
                type = types.nullOr types.str;
                default = null;
                description = "The namespace of the release, which is made, too.";
              };
              values = mkOption {
                type = types.attrsOf types.anything;
                default = { };
                description = "The values of the chart.";
              };
              kubeVersion = mkOption {
                type = types.nullOr types.str;
                default = kubernetesPackage.version or null;
                defaultText = "the version of kubernetes.package";
                description = "The version of Kubernetes that the chart is rendered for; null for Helm's own default.";
              };
              includeCRDs = mkOption {
                type = types.bool;
                default = false;
                description = "Whether the chart's CRDs are imported; Helm itself never updates them.";
              };
              noHooks = mkOption {
                type = types.bool;
                default = false;
                description = "Whether to leave out hooks, which are ordinary objects here.";
              };
              apiVersions = mkOption {
                type = types.listOf types.str;
                default = [ ];
                description = "API versions that the chart is told the cluster has.";
              };
              yamlVersion = mkOption {
                type = types.enum [ "yaml11" "yaml12" ];
                default = "yaml11";
                description = "By which YAML to read what Helm renders, which writes 1.1.";
              };
              objects = mkOption {
                type = types.listOf types.raw;
                description = "The objects of the release.";
              };
            };
            config.objects = lib.mkDefault (objectsOf config);
          }
        )
      );
    };
  };

  config.kubernetes = {
    objects = imported.definitions all;
    apiMappings = imported.mappings all;
  };
}
