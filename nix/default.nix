# Kubernetes manifests from Nix modules:
#
#   import ./nix { inherit pkgs; modules = [ ./shop.nix ]; }
#
# Without `pkgs` it needs nothing but Nix; then modules that ask for packages must bring them. The result has the manifest in
# several forms, the configuration that it came from (`eval.config`) and what is to happen at a deployment (`deployment`).
{
  pkgs ? null,
  modules ? [ ],
  specialArgs ? { },
  lib ? if pkgs == null then import ./lib else pkgs.lib,
  # taken, and without effect
  debug ? null,
}:
let
  # An own name: in `rec` and arguments the old one would mean itself.
  extended = lib.extend (import ./kubernetes/lists.nix);

  noPkgs = throw "this manifest needs nixpkgs: pass `pkgs`, as in  import ./nix { pkgs = import <nixpkgs> { }; … }";

  eval = extended.evalModules {
    specialArgs = {
      lib = extended;
      ekn = import ./kubernetes/ekn.nix extended;
    }
    // specialArgs;
    modules = [
      {
        _file = "nix/default.nix";
        _module.args.pkgs =
          if pkgs == null then
            noPkgs
          else
            { fetchHelm = import ./kubernetes/helm-chart.nix { inherit pkgs; lib = extended; }; } // pkgs;
        _berth.hasPkgs = pkgs != null;
      }
      ./kubernetes
    ]
    ++ modules;
  };
in
{
  inherit (eval.config.internal)
    deploymentScript
    manifestAttrs
    manifestJSON
    manifestJSONFile
    manifestYAML
    manifestYAMLFile
    manifestYAMLFileList
    manifestYAMLList
    validationScript
    ;
  inherit eval pkgs;
  lib = extended;
  deployment = eval.config.berth.settings;
}
