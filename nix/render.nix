# What a file of a user comes to: objects, and every store path and derivation that went into their texts, by one evaluation.
#
# The file may be what `import ./nix` gives, a module, an object, a list of objects, or a function of one of these whose
# arguments all have defaults. `attr` picks something inside, such as "packages.manifest".
{
  file,
  attr ? "",
}:
let
  moduleKeys = [ "berth" "config" "ekn" "helm" "importyaml" "imports" "kluctl" "kubernetes" "options" ];
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
    else if isModule value then
      modules [ value ]
    else
      { manifestAttrs = value; };

  modules = list: import ./. { modules = map (value: { _file = toString file; imports = [ value ]; }) list; };

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
        throw "${toString file}: there is no attribute '${name}' (of '${attr}')${
          if builtins.isAttrs set then "; there are ${builtins.concatStringsSep ", " (builtins.attrNames set)}" else ""
        }";

  path = builtins.filter (part: builtins.isString part && part != "") (builtins.split "\\." attr);
  result = resolved (pick (import file) path);
  text = builtins.toJSON result.manifestAttrs;
  deployment = builtins.toJSON (result.deployment or null);
in
{
  text = builtins.unsafeDiscardStringContext text;
  deployment = builtins.fromJSON (builtins.unsafeDiscardStringContext deployment);
  # What the scripts of a deployment name is needed, too, on this machine.
  context = builtins.getContext (text + deployment);
}
