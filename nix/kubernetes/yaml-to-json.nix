# The documents of a YAML file as a list, read while the manifest is evaluated.
{
  lib,
  pkgs,
  hasPkgs,
}:
{
  name,
  src,
  version,
}:
let
  isJson = builtins.match ".*\\.json" (builtins.unsafeDiscardStringContext (toString src)) != null;
  documents = value: if builtins.isList value then value else [ value ];
  flat = lib.concatMap (document: if (document.kind or "") == "List" then document.items else [ document ]);
  # PyYAML reads 1.1, yq-go 1.2.
  command =
    if version == "yaml11" then
      "${lib.getExe pkgs.yq} --compact-output --slurp . ${src} > $out"
    else
      "${lib.getExe pkgs.yq-go} eval-all --output-format json --indent 0 '[.]' ${src} > $out";
in
flat (
  lib.filter (document: document != null) (
    documents (
      if isJson then
        lib.importJSON src
      else if !hasPkgs then
        throw "${name}: ${toString src} is YAML; YAML is read by programs of nixpkgs: pass `pkgs`, or import JSON instead, made by  berth render FILE.yaml --format json"
      else
        lib.importJSON (pkgs.runCommand "${name}.json" { } command)
    )
  )
)
