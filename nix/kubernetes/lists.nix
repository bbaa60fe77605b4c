# Kubernetes has lists where Nix users want names: a container is to be changed without knowing its place. A set with
# `_namedlist = true` stands for a list whose elements have these names, one with `_numberedlist = true` for a list by place.
# An overlay for `lib`.
final: lib:
let
  isNumber = text: builtins.match "0|[1-9][0-9]{0,8}" text != null;
  isFlagged = flag: value: lib.isAttrs value && value.${flag} or false == true;
in
rec {
  # What its values are is looked at where it becomes a list, which knows the place.
  mkNamedList =
    attrs:
    if !(lib.isAttrs attrs) then
      throw "mkNamedList: takes a set, not ${builtins.typeOf attrs}"
    else
      attrs // { _namedlist = true; };
  mkNumberedList =
    attrs:
    let
      bad = lib.filter (name: !(isNumber name)) (lib.attrNames attrs);
    in
    if !(lib.isAttrs attrs) then
      throw "mkNumberedList: takes a set, not ${builtins.typeOf attrs}"
    else if bad != [ ] then
      throw "mkNumberedList: every name is to be a number; these are not: ${lib.concatStringsSep ", " bad}"
    else
      attrs // { _numberedlist = true; };

  # A definition that counts only where there is another one: a change to what some other module may make.
  mkIfExists = content: { _type = "ifExists"; inherit content; };
  isIfExists = value: lib.isAttrs value && value._type or "" == "ifExists";
  # The same for a path such as "shop.Deployment.web", or a list of names, at every level.
  mkIfExistsAtPath =
    path: content:
    let
      names = if lib.isList path then path else lib.filter lib.isString (builtins.split "\\." path);
    in
    if names == [ ] || !(lib.all (name: lib.isString name && name != "") names) then
      throw "mkIfExistsAtPath: ${builtins.toJSON path} is no path of names; a name with a dot in it needs a list"
    else
      lib.foldr (name: below: { ${name} = mkIfExists below; }) content names;

  isNamedList = isFlagged "_namedlist";
  isNumberedList = isFlagged "_numberedlist";

  # Each node of a value through a function of its path and itself, from the top.
  walkWithPath =
    transform:
    let
      below =
        path: value:
        let
          new = transform path value;
        in
        if lib.isAttrs new && !(new ? outPath) then
          lib.mapAttrs (name: below (path ++ [ name ])) new
        else if lib.isList new then
          lib.imap0 (i: below (path ++ [ (toString i) ])) new
        else
          new;
    in
    below [ ];

  # One node: a list again. For walkWithPath.
  kubeAttrsToLists =
    path: value:
    if isNamedList value then
      lib.mapAttrsToList (
        name: element:
        if lib.isAttrs element then
          element // { inherit name; }
        else
          throw "${lib.concatStringsSep "." path}: '${name}' of this named list is ${builtins.typeOf element}, not a set"
      ) (removeAttrs value [ "_namedlist" ])
    else if isNumberedList value then
      let
        elements = removeAttrs value [ "_numberedlist" ];
        bad = lib.filter (name: !(isNumber name)) (lib.attrNames elements);
      in
      if bad != [ ] then
        throw "${lib.concatStringsSep "." path}: '${lib.head bad}' of this numbered list is no number"
      else
        map (name: elements.${name}) (lib.sort (a: b: lib.toInt a < lib.toInt b) (lib.attrNames elements))
    else
      value;

  # One node of an object: a set by name if every element has a name, by place otherwise. For walkWithPath. The order of
  # initContainers counts, so they are by place; a CustomResourceDefinition has lists in its schemas and is left alone.
  kubeListsToAttrs =
    object: path: value:
    if !(lib.isList value) || (lib.isAttrs object && object.kind or "" == "CustomResourceDefinition") then
      value
    else if
      path != [ ]
      && lib.last path != "initContainers"
      && lib.all (element: lib.isAttrs element && element ? name) value
      && lib.length (lib.unique (map (element: element.name) value)) == lib.length value
    then
      lib.listToAttrs (map (element: lib.nameValuePair element.name (removeAttrs element [ "name" ])) value)
      // { _namedlist = true; }
    else
      lib.listToAttrs (lib.imap0 (i: lib.nameValuePair (toString i)) value) // { _numberedlist = true; };

  # A text that changes with a set: for an annotation that restarts pods when a ConfigMap changes.
  hashAttrs = attrs: builtins.hashString "md5" (builtins.toJSON attrs);
}
