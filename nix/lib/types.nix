# The types of options. A type has a name, a description, a check of one definition and a merge of all of them, each
# { file, value }, by the place of the option.
lib:
let
  inherit (lib) showOption show;

  problem =
    location: definitions: what:
    throw "The option `${showOption location}' ${what}\n${
      lib.concatMapStrings (definition: "- in `${toString definition.file}': ${show definition.value}\n") definitions
    }";

  # What all definitions agree on.
  mergeEqual =
    location: definitions:
    let
      first = (lib.head definitions).value;
    in
    if lib.all (definition: definition.value == first) definitions then
      first
    else
      problem location definitions "has conflicting definitions; keep one, or make one win with lib.mkForce:";

  mergeOne =
    location: definitions:
    if lib.length definitions == 1 then
      (lib.head definitions).value
    else
      problem location definitions "is defined more than once, but takes one definition:";

  # One value of a type from its definitions, with their `mkIf`, `mkForce` and `mkBefore`. `null` if none is left.
  inside =
    location: type: definitions:
    let
      discharged = lib.concatMap (
        definition: map (value: { inherit (definition) file; inherit value; }) (lib.dischargeProperties definition.value)
      ) definitions;
      chosen = lib.sortProperties (lib.filterOverrides discharged);
      bad = lib.filter (definition: !(type.check definition.value)) chosen;
    in
    if chosen == [ ] then
      null
    else if bad != [ ] then
      problem location bad "is not ${type.description}:"
    else
      { value = type.merge location chosen; };

  mkOptionType =
    {
      name,
      description ? name,
      check ? _: true,
      merge ? mergeEqual,
      emptyValue ? { },
      ...
    }@arguments:
    {
      _type = "option-type";
      getSubOptions = _: { };
      getSubModules = null;
      nestedTypes = { };
      inherit name description check merge emptyValue;
    }
    // arguments;

  plain = name: description: check: mkOptionType { inherit name description check; };

  number = name: description: isKind: between: plain name description (x: isKind x && between x);
  isNumber = x: builtins.isInt x || builtins.isFloat x;

  # Submodules: an option of sets, each evaluated as modules of its own.
  submoduleWith =
    {
      modules,
      specialArgs ? { },
      shorthandOnlyDefinesConfig ? false,
      description ? "a set",
      ...
    }:
    let
      evaluate =
        location: definitions:
        lib.evalModules {
          inherit specialArgs;
          prefix = location;
          modules =
            modules
            ++ [ { _module.args.name = lib.last location; } ]
            ++ map (
              definition:
              if shorthandOnlyDefinesConfig && builtins.isAttrs definition.value then
                { _file = definition.file; config = definition.value; }
              else
                { _file = definition.file; imports = [ definition.value ]; }
            ) definitions;
        };
    in
    mkOptionType {
      name = "submodule";
      inherit description;
      check = x: builtins.isAttrs x || builtins.isFunction x || builtins.isPath x;
      merge = location: definitions: (evaluate location definitions).config;
      emptyValue.value = { };
      getSubOptions = prefix: (evaluate (prefix ++ [ "<name>" ]) [ ]).options;
    };

  attrsLike =
    name: lazy: element:
    mkOptionType {
      inherit name;
      description = "a set of ${element.description}";
      check = builtins.isAttrs;
      emptyValue.value = { };
      nestedTypes.elemType = element;
      merge =
        location: definitions:
        let
          all = builtins.zipAttrsWith (name: inside (location ++ [ name ]) element) (
            map (
              definition: builtins.mapAttrs (_: value: { inherit (definition) file; inherit value; }) definition.value
            ) definitions
          );
        in
        if lazy then
          builtins.mapAttrs (
            name: found:
            if found == null then
              element.emptyValue.value
                or (throw "The option `${showOption (location ++ [ name ])}' is used but has no value")
            else
              found.value
          ) all
        else
          builtins.mapAttrs (_: found: found.value) (lib.filterAttrs (_: found: found != null) all);
    };
in
{
  inherit mkOptionType mergeEqual mergeOne;

  types = rec {
    raw = mkOptionType { name = "raw"; description = "any value"; merge = mergeOne; };
    unspecified = mkOptionType { name = "unspecified"; description = "any value"; merge = mergeEqual; };
    bool = plain "bool" "true or false" builtins.isBool;
    boolByOr = mkOptionType {
      name = "boolByOr";
      description = "true or false";
      check = builtins.isBool;
      merge = _: lib.any (definition: definition.value);
    };
    int = plain "int" "a whole number" builtins.isInt;
    float = plain "float" "a number" builtins.isFloat;
    number = plain "number" "a number" isNumber;
    numbers = {
      nonnegative = plain "numberNonnegative" "a number of at least 0" (x: isNumber x && x >= 0);
      positive = plain "numberPositive" "a number above 0" (x: isNumber x && x > 0);
      between = low: high: plain "numberBetween" "a number from ${toString low} to ${toString high}" (
        x: isNumber x && x >= low && x <= high
      );
    };
    ints = {
      between = low: high: plain "intBetween" "a whole number from ${toString low} to ${toString high}" (
        x: builtins.isInt x && x >= low && x <= high
      );
      unsigned = plain "unsignedInt" "a whole number of at least 0" (x: builtins.isInt x && x >= 0);
      positive = plain "positiveInt" "a whole number above 0" (x: builtins.isInt x && x > 0);
      u8 = ints.between 0 255;
      u16 = ints.between 0 65535;
      u32 = ints.between 0 4294967295;
    };
    port = ints.u16;
    str = plain "str" "a text" builtins.isString;
    nonEmptyStr = plain "nonEmptyStr" "a text that is not empty" (x: builtins.isString x && builtins.match "[[:space:]]*" x == null);
    singleLineStr = plain "singleLineStr" "a text of one line" (x: builtins.isString x && builtins.match "[^\n\r]*\n?" x != null);
    strMatching = pattern: plain "strMatching" "a text that matches ${pattern}" (
      x: builtins.isString x && builtins.match pattern x != null
    );
    separatedString = separator: mkOptionType {
      name = "separatedString";
      description = "a text";
      check = builtins.isString;
      merge = _: lib.concatMapStringsSep separator (definition: definition.value);
    };
    lines = separatedString "\n";
    commas = separatedString ",";
    envVar = separatedString ":";
    path = plain "path" "an absolute path" (
      x: lib.isStringLike x && builtins.substring 0 1 (builtins.unsafeDiscardStringContext (toString x)) == "/"
    );
    package = plain "package" "a package" (x: lib.isDerivation x || lib.isStorePath x);
    pathInStore = plain "pathInStore" "a path in the store" lib.isStorePath;
    attrs = mkOptionType {
      name = "attrs";
      description = "a set";
      check = builtins.isAttrs;
      merge = _: lib.foldl' (all: definition: all // definition.value) { };
      emptyValue.value = { };
    };
    # Sets together, functions by what they give, everything else equal.
    anything = mkOptionType {
      name = "anything";
      description = "any value";
      merge =
        location: definitions:
        let
          values = map (definition: definition.value) definitions;
        in
        if lib.length definitions == 1 && !(builtins.isAttrs (lib.head values)) then
          lib.head values
        else if lib.all (value: builtins.isAttrs value && !(lib.isStringLike value)) values then
          (lazyAttrsOf anything).merge location definitions
        else if lib.all builtins.isFunction values then
          argument: anything.merge (location ++ [ "<function body>" ]) (
            map (definition: definition // { value = definition.value argument; }) definitions
          )
        else if lib.all builtins.isList values && lib.length values == 1 then
          lib.head values
        else
          mergeEqual location definitions;
    };
    attrsOf = attrsLike "attrsOf" false;
    lazyAttrsOf = attrsLike "lazyAttrsOf" true;
    listOf =
      element:
      mkOptionType {
        name = "listOf";
        description = "a list of ${element.description}";
        check = builtins.isList;
        emptyValue.value = [ ];
        nestedTypes.elemType = element;
        merge =
          location: definitions:
          map (found: found.value) (
            lib.filter (found: found != null) (
              lib.concatMap (
                definition:
                lib.imap1 (
                  i: value: inside (location ++ [ "[definition ${toString i}]" ]) element [ { inherit (definition) file; inherit value; } ]
                ) definition.value
              ) definitions
            )
          );
      };
    nonEmptyListOf = element: (listOf element) // {
      description = "a list of at least one ${element.description}";
      check = x: builtins.isList x && x != [ ];
      emptyValue = { };
    };
    nullOr =
      element:
      mkOptionType {
        name = "nullOr";
        description = "null or ${element.description}";
        check = x: x == null || element.check x;
        emptyValue.value = null;
        nestedTypes.elemType = element;
        merge =
          location: definitions:
          let
            nulls = lib.count (definition: definition.value == null) definitions;
          in
          if nulls == lib.length definitions then
            null
          else if nulls > 0 then
            problem location definitions "is null and not null; make one win with lib.mkForce:"
          else
            element.merge location definitions;
      };
    enum = values: mkOptionType {
      name = "enum";
      description = "one of ${lib.concatMapStringsSep ", " show values}";
      check = x: lib.elem x values;
    };
    either =
      one: other:
      mkOptionType {
        name = "either";
        description = "${one.description} or ${other.description}";
        check = x: one.check x || other.check x;
        nestedTypes = { left = one; right = other; };
        merge =
          location: definitions:
          let
            allOf = type: lib.all (definition: type.check definition.value) definitions;
          in
          if allOf one then
            one.merge location definitions
          else if allOf other then
            other.merge location definitions
          else
            mergeOne location definitions;
      };
    oneOf = kinds: lib.foldl' either (lib.head kinds) (lib.tail kinds);
    coercedTo =
      from: convert: to:
      mkOptionType {
        name = "coercedTo";
        description = "${to.description} or ${from.description}";
        check = x: (from.check x && to.check (convert x)) || to.check x;
        inherit (to) emptyValue;
        merge =
          location: definitions:
          to.merge location (
            map (
              definition: if from.check definition.value then definition // { value = convert definition.value; } else definition
            ) definitions
          );
      };
    functionTo = result: mkOptionType {
      name = "functionTo";
      description = "a function that gives ${result.description}";
      check = x: builtins.isFunction x || (builtins.isAttrs x && x ? __functor);
      merge =
        location: definitions: argument:
        let
          found = inside (location ++ [ "<function body>" ]) result (
            map (definition: definition // { value = definition.value argument; }) definitions
          );
        in
        if found == null then throw "The option `${showOption location}' gives no value" else found.value;
    };
    uniq = unique { };
    unique = _: type: type // { merge = mergeOne; };
    addCheck = type: check: type // { check = x: type.check x && check x; };
    inherit submoduleWith;
    submodule = module: submoduleWith {
      modules = lib.toList module;
      shorthandOnlyDefinesConfig = true;
    };
    deferredModule = mkOptionType {
      name = "deferredModule";
      description = "a module";
      check = x: builtins.isAttrs x || builtins.isFunction x || builtins.isPath x;
      merge = location: definitions: {
        imports = map (definition: { _file = definition.file; imports = [ definition.value ]; }) definitions;
      };
    };
    optionType = plain "optionType" "a type" (x: (x._type or "") == "option-type");
  };
}
