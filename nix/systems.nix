# Leaves out of a value what volumes say for other systems: of each `volumeAttributes` the entries whose names are systems that
# are not wanted. Before a text is made of the value, so that what they name is not built. Null wants all.
systems:
let
  isOther = name: builtins.match "[a-z0-9_]+-(linux|darwin)" name != null && !(builtins.elem name systems);

  # A volume for other systems alone stays as it is, to be refused with its place.
  ofVolume =
    attributes:
    let
      names = builtins.attrNames attributes;
      others = builtins.filter isOther names;
      wanted = builtins.any (name: builtins.elem name systems) names;
    in
    if wanted then removeAttrs attributes others else builtins.mapAttrs (name: value: if isOther name then "" else value) attributes;

  keep =
    value:
    if builtins.isList value then
      map keep value
    else if builtins.isAttrs value && !(value ? outPath) && !(value ? __toString) then
      builtins.mapAttrs (
        name: below: if name == "volumeAttributes" && builtins.isAttrs below then ofVolume below else keep below
      ) value
    else
      value;
in
if systems == null then value: value else keep
