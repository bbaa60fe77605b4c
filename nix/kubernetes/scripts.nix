# Programs that deploy and validate the manifest: `nix run --file . deploymentScript`. Put together by Nix's own builder of
# environments, as without nixpkgs nothing could make a file executable: a script that is the same for all, a link to the
# manifest as `manifest.nix` (a name that this builder gives), and Berth if the module says where it is.
{
  config,
  lib,
  ...
}:
let
  cfg = config.berth;
  inherit (config.internal) writeText;

  rendered = writeText "rendered-manifest.json" (
    builtins.toJSON {
      apiVersion = "berth.dev/v1";
      kind = "RenderedManifest";
      deployment = cfg.settings;
      inherit (config.internal.manifestAttrs) items;
    }
  );

  script =
    name: directory:
    let
      program = builtins.path { path = directory; name = "${name}-program"; };
      # Each: whether it is active, its priority, how many outputs, and these.
      parts = [ "true 5 1 ${program}" ] ++ lib.optional (cfg.package != null) "true 6 1 ${cfg.package}";
    in
    derivation {
      inherit name;
      builder = "builtin:buildenv";
      system = "builtin";
      manifest = "${rendered}";
      derivations = lib.concatStringsSep " " parts;
      preferLocalBuild = true;
      allowSubstitutes = false;
    }
    // {
      meta.mainProgram = name;
    };
in
{
  options.berth.package = lib.mkOption {
    type = lib.types.nullOr (lib.types.either lib.types.package lib.types.path);
    default = null;
    description = "The package whose bin/berth the scripts run; null for the one in PATH, or that $BERTH names.";
  };

  config.internal = {
    deploymentScript = script "berth-deploy" ./programs/deploy;
    validationScript = script "berth-validate" ./programs/validate;
  };
}
