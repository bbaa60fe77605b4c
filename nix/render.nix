# What a file of a user, or an output of a flake, comes to: objects, and every store path and derivation that went into their
# texts, by one evaluation.
#
# It may be what `import ./nix` gives, a module, an object, a list of objects, or a function of one of these whose arguments
# all have defaults. `attr` picks something inside, such as "packages.manifest".
{
  file ? null,
  # a flake reference, instead of a file; needs Nix's experimental feature "flakes"
  flake ? null,
  attr ? "",
  system ? builtins.currentSystem,
  # which systems' parts of volumes are wanted, with blanks between; all if empty
  systems ? "",
}:
let
  shown = if flake == null then toString file else flake;
  words = text: separator: builtins.filter (part: builtins.isString part && part != "") (builtins.split separator text);

  moduleKeys = [
    "assertions"
    "berth"
    "config"
    "deployment"
    "ekn"
    "gitOps"
    "helm"
    "importyaml"
    "imports"
    "kluctl"
    "kubernetes"
    "options"
    "pushManifest"
    "tofu"
    "validation"
    "warnings"
  ];
  isModule =
    value: builtins.isAttrs value && !(value ? kind) && builtins.any (key: builtins.hasAttr key value) moduleKeys;
  # A function that asks for what modules are given is one.
  needs =
    function:
    let
      arguments = builtins.functionArgs function;
    in
    builtins.any (name: builtins.hasAttr name arguments && !arguments.${name}) [ "config" "lib" "options" "pkgs" ];

  resolved =
    value:
    if builtins.isFunction value then
      if needs value then
        modules [ value ]
      else
        let
          result = value { };
        in
        if builtins.functionArgs value == { } && isModule result then modules [ value ] else resolved result
    else if builtins.isAttrs value && value ? manifestAttrs then
      value
    else if builtins.isAttrs value && value.type or "" == "derivation" then
      throw "${shown}: '${attr}' is a package (${value.name}), not a manifest; name what Berth's modules give (import ./nix { … }), of which packages such as manifestJSONFile are parts"
    else if isModule value then
      modules [ value ]
    else if builtins.isAttrs value && !(value ? kind || value ? apiVersion || value ? metadata) then
      throw "${shown}: this set is no object, as it has no kind, and no module, as it has none of kubernetes, imports, config, options and the like${
        if value == { } then "; it is empty" else "; it has ${builtins.concatStringsSep ", " (builtins.attrNames value)}, one of which -A can choose"
      }"
    else
      { manifestAttrs = value; };

  modules = list: import ./. { modules = map (value: { _file = shown; imports = [ value ]; }) list; };

  pick =
    value: names:
    if names == [ ] then
      value
    else
      let
        name = builtins.head names;
        set = if builtins.isFunction value && !(needs value) then value { } else value;
      in
      if builtins.isAttrs set && builtins.hasAttr name set then
        pick set.${name} (builtins.tail names)
      else
        throw "${shown}: there is no attribute '${name}' (of '${attr}')${
          if builtins.isAttrs set then "; there are ${builtins.concatStringsSep ", " (builtins.attrNames set)}" else ""
        }";

  path = words attr "\\.";

  # Where a flake may have it.
  places =
    let
      wanted = if path == [ ] then [ "default" ] else path;
    in
    map (place: place ++ wanted) [
      [ "berth" system ]
      [ "eknConfig" system ]
      [ "legacyPackages" system ]
      [ "packages" system ]
      [ ]
    ];
  has =
    value: names:
    names == [ ]
    || (builtins.isAttrs value && builtins.hasAttr (builtins.head names) value && has value.${builtins.head names} (builtins.tail names));
  ofFlake =
    outputs:
    let
      found = builtins.filter (has outputs) places;
    in
    if found == [ ] then
      throw "${shown}: the flake has none of ${
        builtins.concatStringsSep ", " (map (builtins.concatStringsSep ".") places)
      }; its outputs are ${builtins.concatStringsSep ", " (builtins.attrNames (removeAttrs outputs [ "_type" "inputs" "lastModified" "lastModifiedDate" "narHash" "outPath" "outputs" "rev" "revCount" "shortRev" "sourceInfo" "submodules" "dirtyRev" "dirtyShortRev" ]))}"
    else
      pick outputs (builtins.head found);

  result = resolved (if flake == null then pick (import file) path else ofFlake (builtins.getFlake flake));
  wanted = words systems " ";
  text = builtins.toJSON (import ./systems.nix (if wanted == [ ] then null else wanted) result.manifestAttrs);
  deployment = builtins.toJSON (result.deployment or null);
in
{
  text = builtins.unsafeDiscardStringContext text;
  deployment = builtins.fromJSON (builtins.unsafeDiscardStringContext deployment);
  # What the scripts of a deployment name is needed, too, on this machine.
  context = builtins.getContext (text + deployment);
}
