# How a module says what it declares and defines, and the properties that a definition may have. The values have the form
# that nixpkgs' lib gives them, so that modules written for either meet.
lib: rec {
  mkOption = arguments: arguments // { _type = "option"; };
  mkEnableOption =
    what:
    mkOption {
      type = lib.types.bool;
      default = false;
      example = true;
      description = "Whether to enable ${what}.";
    };
  mkPackageOption =
    pkgs: name:
    {
      default ? name,
      nullable ? false,
      ...
    }:
    let
      path = lib.toList default;
    in
    mkOption {
      type = if nullable then lib.types.nullOr lib.types.package else lib.types.package;
      default = lib.attrByPath path (throw "this needs nixpkgs: pass `pkgs`, which has ${lib.concatStringsSep "." path}") pkgs;
      description = "The ${name} package to use.";
    };
  isOption = x: (x._type or "") == "option";
  isType = type: x: (x._type or "") == type;
  literalExpression = text: { _type = "literalExpression"; inherit text; };
  mdDoc = lib.id;
  showOption = path: lib.concatStringsSep "." (map showName path);
  showFiles = lib.concatMapStringsSep " and " (file: "`${toString file}'");

  mkIf = condition: content: { _type = "if"; inherit condition content; };
  mkMerge = contents: { _type = "merge"; inherit contents; };
  mkOverride = priority: content: { _type = "override"; inherit priority content; };
  mkOptionDefault = mkOverride 1500;
  mkDefault = mkOverride defaultPriority;
  mkImageMediaOverride = mkOverride 60;
  mkForce = mkOverride 50;
  mkVMOverride = mkOverride 10;
  mkOrder = priority: content: { _type = "order"; inherit priority content; };
  mkBefore = mkOrder 500;
  mkAfter = mkOrder 1500;
  mkDefinition = { file, value }@definition: definition // { _type = "definition"; };
  mkAliasDefinitions = option: mkIf (option.isDefined or false) (mkMerge option.definitions);

  # A definition without `if` and `merge` is a list of definitions: none, one or several.
  dischargeProperties =
    value:
    let
      type = value._type or "";
    in
    if !(builtins.isAttrs value) || type == "" then
      [ value ]
    else if type == "merge" then
      lib.concatMap dischargeProperties value.contents
    else if type == "if" then
      if builtins.isBool value.condition then
        lib.optionals value.condition (dischargeProperties value.content)
      else
        throw "mkIf: the condition is a ${builtins.typeOf value.condition}, not true or false"
    else
      [ value ];

  # Properties of a set become properties of what is in it: a list of sets.
  pushDownProperties =
    value:
    let
      type = if builtins.isAttrs value then value._type or "" else "";
      into =
        wrap: content:
        map (set: if builtins.isAttrs set then builtins.mapAttrs (_: wrap) set else set) (pushDownProperties content);
    in
    if type == "merge" then
      lib.concatMap pushDownProperties value.contents
    else if type == "if" then
      into (mkIf value.condition) value.content
    else if type == "override" then
      into (mkOverride value.priority) value.content
    else if type == "order" then
      into (mkOrder value.priority) value.content
    else
      [ value ];

  # Of several definitions { file, value } those of the highest priority, which is the smallest number.
  filterOverrides = definitions: (filterOverrides' definitions).values;
  filterOverrides' =
    definitions:
    let
      priority = definition: if isOverride definition.value then definition.value.priority else 100;
      highest = lib.foldl' (least: definition: lib.min least (priority definition)) 9999 definitions;
      plain = definition: definition // lib.optionalAttrs (isOverride definition.value) { value = definition.value.content; };
    in
    {
      values = lib.concatMap (definition: lib.optional (priority definition == highest) (plain definition)) definitions;
      highestPrio = highest;
    };

  # By `mkBefore` and the like; those of one place stay in the order they came.
  sortProperties =
    definitions:
    let
      place = definition: if isOrder definition.value then definition.value.priority else 1000;
      plain = definition: if isOrder definition.value then definition // { value = definition.value.content; } else definition;
    in
    if lib.any (definition: isOrder definition.value) definitions then
      map plain (lib.sort (a: b: place a < place b) definitions)
    else
      definitions;

  defaultPriority = 1000;
  isOverride = value: builtins.isAttrs value && (value._type or "") == "override";
  isOrder = value: builtins.isAttrs value && (value._type or "") == "order";
  showName = name: if builtins.match "[a-zA-Z_][a-zA-Z0-9_'-]*" name != null then name else ''"${name}"'';
}
