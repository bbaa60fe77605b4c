# How the definitions of one Kubernetes object become one value: sets together, lists behind each other, everything else
# must agree; `mkIf`, `mkForce`, `mkDefault`, `mkBefore` and `mkMerge` work at every depth. Types for the whole API would make
# evaluation many times slower, and the API server checks the objects anyway.
#
# merge : location -> [ { file, value } ] -> null | { value }
lib:
let
  # nixpkgs' own warn who calls them; the properties have the same form in both.
  inherit (import ../lib/options.nix lib) dischargeProperties filterOverrides sortProperties;
  showPath = lib.showOption;

  kindOf =
    value:
    if builtins.isAttrs value && !(value ? outPath) && !(value ? __toString) then
      "set"
    else if builtins.isList value then
      "list"
    else
      "scalar";

  describe =
    value:
    if builtins.isAttrs value then
      "a set"
    else if builtins.isList value then
      "a list"
    else if builtins.isFunction value then
      "a function"
    else
      builtins.toJSON value;

  told = lib.concatMapStrings (definition: "\n- in `${toString definition.file}': ${describe definition.value}");

  merge =
    location: definitions:
    let
      discharged = lib.concatMap (
        definition: map (value: { inherit (definition) file; inherit value; }) (dischargeProperties definition.value)
      ) definitions;
      chosen = sortProperties (filterOverrides discharged);
      kinds = lib.unique (map (definition: kindOf definition.value) chosen);
      kind = lib.head kinds;
    in
    if chosen == [ ] then
      null
    else if lib.any (definition: lib.isIfExists definition.value) discharged then
      mergeConditional location discharged
    else if kinds == [ "set" ] then
      { value = mergeSets location chosen; }
    else if kinds == [ "list" ] then
      { value = lib.concatLists (map (elements location) chosen); }
    else if lib.all (kind: kind == "set" || kind == "list") kinds then
      { value = mergeMixed location chosen; }
    else
      { value = mergeScalars location chosen; };

  # With what counts only beside other definitions (mkIfExists), if there are any.
  mergeConditional =
    location: definitions:
    if lib.all (definition: lib.isIfExists definition.value) definitions then
      null
    else
      merge location (
        map (
          definition: if lib.isIfExists definition.value then definition // { value = definition.value.content; } else definition
        ) definitions
      );

  mergeSets =
    location: definitions:
    let
      merged = builtins.zipAttrsWith (name: merge (location ++ [ name ])) (
        map (
          definition: builtins.mapAttrs (_: value: { inherit (definition) file; inherit value; }) definition.value
        ) definitions
      );
    in
    builtins.mapAttrs (_: found: found.value) (lib.filterAttrs (_: found: found != null) merged);

  # Those of a list that are there, each with its properties resolved.
  elements =
    location: definition:
    lib.concatLists (
      lib.imap0 (
        i: value:
        let
          found = merge (location ++ [ (toString i) ]) [ { inherit (definition) file; inherit value; } ];
        in
        lib.optional (found != null) found.value
      ) definition.value
    );

  # Lists and the sets that stand for them. The lists give the order; what a set adds comes behind them.
  mergeMixed =
    location: definitions:
    let
      lists = lib.filter (definition: builtins.isList definition.value) definitions;
      given = lib.filter (definition: !(builtins.isList definition.value)) definitions;
      sets = mergeSets location given;
      listed = lib.concatMap (
        definition: map (value: { inherit (definition) file; inherit value; }) (elements location definition)
      ) lists;
      nameOf =
        definition:
        definition.value.name
          or (throw "The option `${showPath location}' is a named list in one place, but has an element without a name in `${toString definition.file}'");
      byPlace = lib.imap0 (i: definition: { key = toString i; inherit definition; }) listed;
      byName = map (definition: { key = nameOf definition; inherit definition; }) listed;
      entries = if lib.isNamedList sets then byName else byPlace;
      overrides = removeAttrs sets [ "_namedlist" "_numberedlist" ];
      keys = lib.unique (map (entry: entry.key) entries);
      added = lib.filter (key: !(lib.elem key keys)) (lib.attrNames overrides);
      one =
        key:
        let
          here = map (entry: entry.definition) (lib.filter (entry: entry.key == key) entries);
          more = lib.concatMap (
            definition: lib.optional (definition.value ? ${key}) { inherit (definition) file; value = definition.value.${key}; }
          ) given;
          found = merge (location ++ [ key ]) (here ++ more);
          named = if lib.isNamedList sets then { name = key; } else { };
        in
        lib.optional (found != null) (
          if builtins.isAttrs found.value then
            found.value // named
          else if lib.isNamedList sets then
            throw "The option `${showPath (location ++ [ key ])}' is ${describe found.value}; an element of a named list is a set"
          else
            found.value
        );
    in
    if !(lib.isNamedList sets || lib.isNumberedList sets) then
      throw "The option `${showPath location}' is a list in one place and a set in another; a set that stands for a list has `_namedlist = true' (lib.mkNamedList):${told definitions}"
    else
      lib.concatMap one (keys ++ added);

  mergeScalars =
    location: definitions:
    let
      first = lib.head definitions;
    in
    if builtins.isFunction first.value then
      throw "The option `${showPath location}' is a function in `${toString first.file}', which is no Kubernetes value"
    else if lib.length definitions == 1 || lib.all (definition: definition.value == first.value) definitions then
      first.value
    else
      throw "The option `${showPath location}' has conflicting definitions; keep one, or make one win with lib.mkForce:${told definitions}";
in
{
  inherit merge describe;
}
