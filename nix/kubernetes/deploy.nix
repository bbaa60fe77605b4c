# What is to happen when the manifest is deployed. The names that users of kluctl's and ekn's modules have are aliases.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.berth;
  push = config.kluctl.pushManifest;
  aliases = tool: map (name: lib.mkAliasOptionModule [ tool name ] [ "berth" name ]);
in
{
  imports =
    aliases "kluctl" [
      "discriminator"
      "postDeployScript"
      "preDeployScript"
      "resourcePriority"
    ]
    ++ aliases "ekn" [
      "assertCached"
      "cacheAcceptNewHostKeys"
      "cacheTimeoutSec"
      "cacheTo"
      "environment"
      "preApplyCommand"
      "resourcePriority"
    ];

  options.berth = {
    discriminator = mkOption {
      type = types.nullOr (types.strMatching "[a-zA-Z0-9]([a-zA-Z0-9._-]{0,61}[a-zA-Z0-9])?");
      default = cfg.environment;
      defaultText = "berth.environment";
      example = "shop-production";
      description = ''
        What tells this project's objects from others' in the cluster: pruning takes those that have it and are no longer
        rendered. There is no value for all: two projects that shared one would prune each other's objects.
      '';
    };
    fieldManager = mkOption {
      type = types.strMatching "[^[:space:]]{1,128}";
      default = "berth";
      description = "By which name objects are applied: the API server keeps for each field who set it.";
    };
    environment = mkOption {
      type = types.nullOr types.str;
      default = null;
      description = "What this deployment is for, such as production.";
    };
    cacheTo = mkOption {
      type = types.coercedTo types.str lib.singleton (types.listOf types.str);
      default = [ ];
      example = [ "ssh://root@cache" ];
      description = "The stores that the closure of the manifest is pushed to before it is applied.";
    };
    failCachePush = mkOption {
      type = types.bool;
      default = true;
      description = "Whether a push that fails ends the deployment.";
    };
    cacheTimeoutSec = mkOption {
      type = types.nullOr types.ints.positive;
      default = 600;
      description = "How many seconds the push may take; null for as long as it needs.";
    };
    cacheAcceptNewHostKeys = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the keys of SSH hosts that are not known yet are taken.";
    };
    assertCached = mkOption {
      type = types.coercedTo types.str lib.singleton (types.listOf types.str);
      default = cfg.cacheTo;
      defaultText = "berth.cacheTo";
      description = "The caches that must serve every named path with its closure before anything is applied.";
    };
    preApplyCommand = mkOption {
      type = types.nullOr types.str;
      default = null;
      description = "A command to run before the push; its first argument is the manifest.";
    };
    preDeployScript = mkOption {
      type = types.lines;
      default = "";
      description = "Shell lines to run before everything; `$1` is the manifest.";
    };
    postDeployScript = mkOption {
      type = types.lines;
      default = "";
      description = "Shell lines to run after everything.";
    };
    resourcePriority = mkOption {
      type = types.attrsOf types.int;
      default = { };
      example.MyResource = 500;
      description = "The order in which kinds are applied, smaller first; kinds that nobody names have 1000. What is given is added to the usual order.";
      apply = given: import ./order.nix // given;
    };
    settings = mkOption {
      type = types.raw;
      readOnly = true;
      description = "All of this, for the program that deploys.";
    };
  };

  options.kluctl.pushManifest = {
    enable = lib.mkEnableOption "pushing the manifest's closure";
    to = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "ssh://root@cache";
      description = "The store to push to.";
    };
    failCachePush = mkOption {
      type = types.bool;
      default = true;
      description = "Whether a push that fails ends the deployment.";
    };
  };

  config = {
    assertions = [
      {
        assertion = !push.enable || push.to != null;
        message = "kluctl.pushManifest.enable is set, but kluctl.pushManifest.to names no store.";
      }
    ];
    berth = {
      cacheTo = lib.mkIf (push.enable && push.to != null) [ push.to ];
      failCachePush = lib.mkIf push.enable (lib.mkDefault push.failCachePush);
      settings = {
        inherit (cfg)
          assertCached
          cacheAcceptNewHostKeys
          cacheTimeoutSec
          cacheTo
          discriminator
          environment
          failCachePush
          fieldManager
          postDeployScript
          preApplyCommand
          preDeployScript
          resourcePriority
          ;
      };
    };
  };
}
