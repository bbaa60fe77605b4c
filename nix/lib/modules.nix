# The module system: options declared and defined in many files become one configuration. It does what manifests need of
# what nixpkgs' lib does, in the same words, so that a module does not notice whose `lib` it meets.
lib:
let
  inherit (lib) showOption;

  keys = [
    "_class"
    "_file"
    "config"
    "disabledModules"
    "freeformType"
    "imports"
    "key"
    "meta"
    "options"
  ];

  # A module as { file, imports, options, config }, whatever it was written as.
  normalise =
    file: module:
    let
      here = module._file or file;
      unknown = removeAttrs module keys;
      freeform = lib.optionalAttrs (module ? freeformType) { _module.freeformType = module.freeformType; };
    in
    if !(builtins.isAttrs module) then
      throw "module `${toString file}' is ${lib.show module}, not a set or a function that gives one"
    else if module ? options || module ? config then
      if unknown != { } then
        throw "module `${toString here}' has both `options' or `config' and the attribute `${lib.head (lib.attrNames unknown)}'; put that below `config'"
      else
        {
          file = here;
          imports = module.imports or [ ];
          options = module.options or { };
          config = lib.optional (module ? config) module.config ++ lib.optional (freeform != { }) freeform;
        }
    else
      {
        file = here;
        imports = module.imports or [ ];
        options = { };
        config = [ unknown ] ++ lib.optional (freeform != { }) freeform;
      };

  load =
    arguments: file: module:
    if builtins.isPath module || builtins.isString module then
      load arguments (toString module) (import module)
    else if builtins.isFunction module then
      normalise file (
        module (
          builtins.mapAttrs (
            name: _:
            builtins.addErrorContext "while asking for the module argument `${name}' in `${toString file}':" (
              arguments.${name} or (arguments.config._module.args.${name}
                or (throw "module `${toString file}' asks for the argument `${name}', which nobody gives; known are ${
                  lib.concatStringsSep ", " (lib.attrNames (arguments // arguments.config._module.args))
                }")
              )
            )
          ) (builtins.functionArgs module)
          // arguments
        )
      )
    else
      normalise file module;

  # All modules, each before those it imports; a file that several import counts once.
  collect =
    arguments: modules:
    let
      keyOf = parent: i: module:
        if builtins.isPath module || builtins.isString module then toString module else module.key or "${parent}:anon-${toString i}";
      node = parent: file: i: module: {
        key = keyOf parent i module;
        loaded = load arguments file module;
      };
    in
    map (found: found.loaded) (
      builtins.genericClosure {
        startSet = lib.imap1 (node "" "<unknown file>") modules;
        operator = found: lib.imap1 (node found.key found.loaded.file) found.loaded.imports;
      }
    );

  # The definitions { file, value } that sets of definitions have for each name.
  byName =
    location: definitions:
    builtins.zipAttrsWith (_: values: values) (
      lib.concatMap (
        definition:
        map (
          set:
          if builtins.isAttrs set then
            builtins.mapAttrs (_: value: { inherit (definition) file; inherit value; }) set
          else
            throw "The option `${showOption location}' has options inside, but is ${lib.show set} in `${toString definition.file}'"
        ) (lib.pushDownProperties definition.value)
      ) definitions
    );

  mergeDeclarations =
    location: declarations:
    let
      clash = a: b: name: a ? ${name} && b ? ${name};
      both =
        a: b:
        if clash a b "default" || clash a b "apply" || clash a b "example" then
          throw "The option `${showOption location}' is declared in `${toString a.file}' and in `${toString b.file}'"
        else
          a // b;
    in
    lib.foldl' (
      all: declaration: both all (declaration.options // { inherit (declaration) file; })
    ) { file = (lib.head declarations).file; } declarations;

  evaluate =
    location: declarations: definitions:
    let
      declared = mergeDeclarations location declarations;
      type = declared.type or lib.types.unspecified;
      given = lib.concatMap (
        definition:
        map (
          value:
          if (value._type or "") == "definition" && builtins.isAttrs value then
            { inherit (value) file value; }
          else
            { inherit (definition) file; inherit value; }
        ) (lib.dischargeProperties definition.value)
      ) definitions;
      all = given ++ lib.optional (declared ? default) {
        inherit (declared) file;
        value = lib.mkOptionDefault declared.default;
      };
      chosen = lib.sortProperties (lib.filterOverrides all);
      bad = lib.filter (definition: !(type.check definition.value)) chosen;
      merged =
        if chosen == [ ] then
          type.emptyValue.value or (throw "The option `${showOption location}' is used but not defined")
        else if bad != [ ] then
          throw "A definition of the option `${showOption location}' is not ${type.description}:\n${
            lib.concatMapStrings (definition: "- in `${toString definition.file}': ${lib.show definition.value}\n") bad
          }"
        else if (declared.readOnly or false) && lib.length given > 1 then
          throw "The option `${showOption location}' is read-only, but defined ${toString (lib.length given)} times, in ${
            lib.showFiles (map (definition: definition.file) given)
          }"
        else
          builtins.addErrorContext "while evaluating the option `${showOption location}':" (type.merge location chosen);
    in
    declared
    // {
      _type = "option";
      loc = location;
      inherit type;
      value = if declared ? apply then declared.apply merged else merged;
      isDefined = chosen != [ ];
      definitions = map (definition: definition.value) chosen;
      definitionsWithLocations = chosen;
      files = map (definition: definition.file) chosen;
      declarations = map (declaration: declaration.file) declarations;
      __toString = _: showOption location;
    };

  # Options and configuration below a place; what nobody declared is `unmatched`, a list of { file, path, value }.
  merge =
    location: declarations: definitions:
    let
      declared = builtins.zipAttrsWith (_: values: values) (
        map (declaration: builtins.mapAttrs (_: options: { inherit (declaration) file; inherit options; }) declaration.options) declarations
      );
      defined = byName location definitions;
      results = builtins.mapAttrs (
        name: here:
        let
          below = location ++ [ name ];
          leaves = lib.filter (declaration: lib.isOption declaration.options) here;
          given = defined.${name} or [ ];
        in
        if lib.length leaves == lib.length here then
          let
            option = evaluate below here given;
          in
          { options = option; config = option.value; unmatched = [ ]; }
        else if leaves == [ ] then
          merge below here given
        else
          throw "The option `${showOption below}' is declared as an option in `${toString (lib.head leaves).file}', and elsewhere as a set of options"
      ) declared;
    in
    {
      options = builtins.mapAttrs (_: result: result.options) results;
      config = builtins.mapAttrs (_: result: result.config) results;
      unmatched =
        lib.concatMap (result: result.unmatched) (lib.attrValues results)
        ++ lib.concatMap (
          name: map (definition: definition // { path = location ++ [ name ]; }) defined.${name}
        ) (lib.attrNames (removeAttrs defined (lib.attrNames declared)));
    };

  evalModules =
    {
      modules,
      specialArgs ? { },
      prefix ? [ ],
      check ? true,
      ...
    }:
    let
      own = {
        file = "the module system";
        imports = [ ];
        options._module = {
          args = lib.mkOption {
            type = lib.types.lazyAttrsOf lib.types.raw;
            default = { };
            description = "What modules may ask for as arguments, beside lib, config and options.";
          };
          freeformType = lib.mkOption {
            type = lib.types.nullOr lib.types.optionType;
            default = null;
            description = "The type of everything that is no option.";
          };
          check = lib.mkOption {
            type = lib.types.bool;
            default = check;
            description = "Whether to refuse what is no option.";
          };
        };
        config = [ ];
      };
      arguments = { inherit lib options config specialArgs; } // specialArgs;
      # The last comes first, as in nixpkgs: the order of lists shows it.
      collected = lib.reverseList (collect arguments modules ++ [ own ]);
      found = merge prefix (map (module: { inherit (module) file options; }) collected) (
        lib.concatMap (module: map (value: { inherit (module) file; inherit value; }) module.config) collected
      );
      free = found.config._module.freeformType;
      nested = map (definition: {
        inherit (definition) file;
        value = lib.setAttrByPath (lib.drop (lib.length prefix) definition.path) definition.value;
      }) found.unmatched;
      options = found.options;
      config = whole // { inherit (found.config) _module; };
      whole =
        if found.unmatched == [ ] then
          found.config
        else if free != null then
          lib.recursiveUpdateUntil (path: a: b: !(lib.hasAttrByPath path found.options) || lib.isOption (lib.getAttrFromPath path found.options)) (
            free.merge prefix nested
          ) found.config
        else if found.config._module.check then
          unknown (lib.head found.unmatched)
        else
          found.config;
      unknown =
        definition:
        let
          parent = lib.attrByPath (lib.init (lib.drop (lib.length prefix) definition.path)) { } found.options;
          siblings = lib.attrNames (removeAttrs parent [ "_module" ]);
        in
        throw "The option `${showOption definition.path}' does not exist; it is defined in `${toString definition.file}'${
          lib.optionalString (siblings != [ ] && lib.length siblings <= 40) "; there are ${lib.concatStringsSep ", " siblings}"
        }";
    in
    {
      _type = "configuration";
      inherit options;
      config = removeAttrs whole [ "_module" ];
      inherit (found.config) _module;
      extendModules = more: evalModules {
        modules = modules ++ more.modules or [ ];
        specialArgs = specialArgs // more.specialArgs or { };
        inherit prefix check;
      };
    };

  # An option at one path that is another one.
  alias =
    from: to:
    { config, options, ... }:
    let
      old = lib.getAttrFromPath from options;
    in
    {
      options = lib.setAttrByPath from (
        lib.mkOption {
          visible = false;
          description = "Alias of `${showOption to}'.";
          apply = _: lib.getAttrFromPath to config;
        }
      );
      config = lib.setAttrByPath to (
        lib.mkMerge (
          map (definition: lib.mkDefinition { inherit (definition) file value; }) old.definitionsWithLocations
        )
      );
    };
in
{
  inherit evalModules;
  modules = {
    inherit evalModules;
    inherit (lib) dischargeProperties filterOverrides filterOverrides' sortProperties;
  };
  mkAliasOptionModule = alias;
  mkRenamedOptionModule = alias;
  mkRemovedOptionModule =
    path: advice:
    { options, ... }:
    {
      options = lib.setAttrByPath path (
        lib.mkOption {
          visible = false;
          description = "Removed.";
          apply = _: throw "The option `${showOption path}' is no longer there. ${advice}";
        }
      );
      config.assertions =
        let
          option = lib.getAttrFromPath path options;
        in
        [
          {
            assertion = !option.isDefined;
            message = "The option `${showOption path}' is defined in ${lib.showFiles option.files}, but is no longer there. ${advice}";
          }
        ];
    };
}
