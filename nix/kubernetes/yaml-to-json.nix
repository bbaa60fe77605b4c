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
  # In the machine's own store a file that was built brings what it refers to as its context, which fromJSON refuses. The texts
  # that name store paths get it back.
  read =
    file:
    let
      text = builtins.readFile file;
      context = builtins.getContext text;
      restored =
        value:
        if builtins.isString value then
          if builtins.match ".*${builtins.storeDir}/.*" (builtins.replaceStrings [ "\n" ] [ " " ] value) == null then
            value
          else
            builtins.appendContext value context
        else if builtins.isList value then
          map restored value
        else if builtins.isAttrs value then
          builtins.mapAttrs (_: restored) value
        else
          value;
      plain = builtins.fromJSON (builtins.unsafeDiscardStringContext text);
    in
    if context == { } then plain else restored plain;
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
        read src
      else if !hasPkgs then
        throw "${name}: ${toString src} is YAML; YAML is read by programs of nixpkgs: pass `pkgs`, or import JSON instead, made by  berth render FILE.yaml --format json"
      else
        read (pkgs.runCommand "${name}.json" { } command)
    )
  )
)
