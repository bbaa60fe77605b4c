# Objects from YAML or JSON files: `importyaml.<name>.src`.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  imported = import ./imported.nix lib;
  toJson = import ./yaml-to-json.nix { inherit lib pkgs; inherit (config._berth) hasPkgs; };
  # Not fetchTree: Nix 2.8 fetches no files by it, and later ones have it as an experimental feature.
  sourceOf =
    name: src:
    if builtins.isString src && builtins.match "[a-z]+://.*" src != null then
      builtins.fetchurl {
        url = src;
        name = "${name}.${if builtins.match ".*\\.json([?#].*)?" src != null then "json" else "yaml"}";
      }
    else
      src;
  all = lib.concatLists (lib.mapAttrsToList (name: imported.prepare "importyaml.${name}") config.importyaml);
in
{
  options.importyaml = mkOption {
    default = { };
    description = "Files whose objects are imported, by any name.";
    type = types.attrsOf (
      types.submodule (
        { config, name, ... }:
        {
          options = imported.options // {
            src = mkOption {
              type = types.oneOf [ types.package types.path types.str ];
              description = "A file, a derivation that is one, or a URL. JSON needs nothing; YAML is read with nixpkgs.";
            };
            yamlVersion = mkOption {
              type = types.enum [ "yaml11" "yaml12" ];
              default = "yaml12";
              description = "By which YAML to read it: 0644 is 420 in YAML 1.1, and 644 in 1.2.";
            };
            objects = mkOption {
              type = types.listOf types.raw;
              description = "The objects of the file.";
            };
          };
          config.objects = lib.mkDefault (
            toJson {
              name = "importyaml-${name}";
              src = sourceOf "importyaml-${name}" config.src;
              version = config.yamlVersion;
            }
          );
        }
      )
    );
  };

  config.kubernetes = {
    objects = imported.definitions all;
    apiMappings = imported.mappings all;
  };
}
