# The manifest in the forms that people take it in.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  json = import ./json.nix lib;
  priority = kind: config.berth.resourcePriority.${kind} or 1000;
  ordered = lib.sort (a: b: priority a.kind < priority b.kind) config.kubernetes.generated;
  failed = lib.filter (assertion: !assertion.assertion) config.assertions;
  sound =
    value:
    if failed != [ ] then
      throw "Failed assertions:\n${lib.concatMapStringsSep "\n" (assertion: "- ${assertion.message}") failed}"
    else
      lib.foldl' (value: warning: lib.warn warning value) value config.warnings;

  # A text as a file of the store. Without nixpkgs by the sandbox's shell, which can do no more than this.
  writeText =
    name: text:
    if config._berth.hasPkgs then
      pkgs.writeText name text
    else
      derivation {
        inherit name text;
        system = builtins.currentSystem or "x86_64-linux";
        builder = "/bin/sh";
        passAsFile = [ "text" ];
        args = [
          "-c"
          "while IFS= read -r line || [ -n \"$line\" ]; do printf '%s\\n' \"$line\"; done < \"$textPath\" > \"$out\""
        ];
      };
in
{
  options = {
    internal = lib.mkOption {
      type = lib.types.lazyAttrsOf lib.types.raw;
      internal = true;
      description = "The manifest and the scripts, for default.nix.";
    };
    _berth.hasPkgs = lib.mkOption {
      type = lib.types.bool;
      internal = true;
      description = "Whether there is a nixpkgs.";
    };
  };

  config.internal = rec {
    inherit writeText;
    manifestAttrs = sound {
      apiVersion = "v1";
      kind = "List";
      items = ordered;
    };
    manifestJSON = builtins.toJSON manifestAttrs;
    manifestJSONFile = writeText "manifest.json" manifestJSON;
    manifestYAML = sound (json.yamlStream ordered);
    manifestYAMLFile = writeText "manifest.yaml" manifestYAML;
    manifestYAMLList = sound (json.yaml manifestAttrs);
    manifestYAMLFileList = writeText "manifest.yaml" manifestYAMLList;
  };
}
