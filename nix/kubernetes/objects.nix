# `kubernetes.objects.<namespace>.<Kind>.<name>`, and what is made of it.
{ config, lib, ... }:
let
  cfg = config.kubernetes;
  inherit (lib) mkOption types showOption;
  # nixpkgs' lib has it, too, but not for modules to use.
  inherit (import ../lib/options.nix lib) pushDownProperties;
  value = import ./value.nix lib;
  json = import ./json.nix lib;

  # A set of sets of objects; what a place in it means is known by its depth.
  objectsType = lib.mkOptionType {
    name = "kubernetesObjects";
    description = "a set of Kubernetes objects by namespace, kind and name";
    check = builtins.isAttrs;
    emptyValue.value = { };
    merge = level [ "namespace" "kind" "name" ] { };
  };

  level =
    depths: place: location: definitions:
    if depths == [ ] then
      object place location definitions
    else
      let
        pushed = lib.concatMap (
          definition: map (value: { inherit (definition) file; inherit value; }) (pushDownProperties definition.value)
        ) definitions;
        plain = lib.filter (definition: !(lib.isIfExists definition.value)) pushed;
        conditional = lib.filter (definition: lib.isIfExists definition.value) pushed;
        given =
          if conditional == [ ] || plain == [ ] then
            plain
          else
            plain
            ++ lib.concatMap (
              definition:
              map (value: { inherit (definition) file; inherit value; }) (pushDownProperties definition.value.content)
            ) conditional;
        named = map (
          definition:
          let
            set = definition.value;
          in
            if builtins.isAttrs set && !(set ? outPath) then
              builtins.mapAttrs (_: value: { inherit (definition) file; inherit value; }) set
            else
              throw "The option `${showOption location}' is ${value.describe set} in `${toString definition.file}'; it is to be kubernetes.objects.<namespace>.<Kind>.<name>, here a set by ${lib.head depths}"
        ) given;
      in
      lib.filterAttrs (_: found: found != { } || lib.length depths > 1) (
        builtins.zipAttrsWith (
          name: level (lib.tail depths) (place // { ${lib.head depths} = name; }) (location ++ [ name ])
        ) named
      );

  object =
    place: location: definitions:
    let
      given = value.merge location definitions;
      whole = value.merge location (definitions ++ [ (defaults place location) ]);
    in
    if given == null then
      { }
    else if builtins.isAttrs given.value && !(given.value ? outPath) then
      whole.value
    else
      throw "The option `${showOption location}' is ${value.describe given.value}, not a Kubernetes object; is a level of <namespace>.<Kind>.<name> missing?";

  defaults = place: location: {
    file = "the kubernetes module";
    value = {
      apiVersion = lib.mkOptionDefault (cfg.apiMappings.${place.kind} or (unknownKind place.kind location));
      kind = lib.mkOptionDefault place.kind;
      metadata = {
        name = lib.mkOptionDefault place.name;
        namespace = lib.mkIf (place.namespace != "none") (lib.mkDefault place.namespace);
      };
    };
  };

  unknownKind =
    kind: location:
    let
      small = lib.toLower kind;
      similar = lib.filter (
        known: lib.toLower known == small || lib.toLower known + "s" == small || lib.toLower known == small + "s"
      ) (lib.attrNames cfg.apiMappings);
    in
    throw "The option `${showOption location}': no apiVersion is known for the kind `${kind}'${
      if similar == [ ] then
        "; set its apiVersion, or kubernetes.apiMappings.${kind} = \"group/version\""
      else
        "; did you mean ${lib.concatStringsSep " or " similar}?"
    }";

  # A list of what `kubectl api-resources --output=json` prints, or a plain set of kinds.
  mappings =
    data:
    if data ? resources then
      lib.listToAttrs (
        map (
          resource:
          lib.nameValuePair resource.kind (
            if resource.group or "" == "" then resource.version else "${resource.group}/${resource.version}"
          )
        ) data.resources
      )
    else
      data;

  functionType = types.raw // {
    name = "function";
    description = "a function of an object";
    check = x: builtins.isFunction x || (builtins.isAttrs x && x ? __functor);
  };

  # What the functions of users give back is told by their option: a number alone would say nothing.
  given =
    option: wanted: check: x:
    if check x then
      x
    else
      throw "The option `kubernetes.${option}': a function gave ${value.describe x} for an object, and is to give ${wanted}";

  isObject = x: builtins.isAttrs x && x ? apiVersion && x ? kind && x ? metadata;

  # Sets that stand for lists become lists; what is wrong with one is told by its place among the options.
  lists =
    object:
    let
      place = [ "kubernetes" "objects" (object.metadata.namespace or "none") (object.kind or "?") (object.metadata.name or "?") ];
    in
    lib.walkWithPath (path: lib.kubeAttrsToLists (place ++ path)) object;

  # What modules and users get wrong is told by the object's place.
  checked =
    object:
    let
      problem = what: throw "object ${object.kind or "?"}/${object.metadata.name or "?"}: ${what}";
    in
    if !(isObject object) then
      problem "it has no ${
        lib.concatStringsSep ", " (lib.filter (field: !(object ? ${field})) [ "apiVersion" "kind" "metadata" ])
      }"
    else if !(object.metadata ? name || object.metadata ? generateName) then
      problem "it has no metadata.name"
    else if (object.sops or null) != null then
      problem "it is encrypted by SOPS, and Berth does not decrypt: decrypt it first, or leave it out by kubernetes.filters and apply it by other means"
    else if lib.any (route: (object.ekn.${route} or null) != null && object.ekn.${route} != [ ]) [ "argo" "deploymentUnit" "flux" "gitOpsTarget" ] then
      problem "its `ekn` routes it to a deployment unit, and Berth applies all objects alike: call the modules once more for that part, or leave it out by kubernetes.filters"
    else
      removeAttrs object [ "ekn" ];
in
{
  imports = [
    (lib.mkAliasOptionModule [ "kubernetes" "resources" ] [ "kubernetes" "objects" ])
    (lib.mkRemovedOptionModule [ "kubernetes" "namespacedMappings" ] "Objects are put by their namespace; remove it.")
  ];

  options.kubernetes = {
    objects = mkOption {
      type = objectsType;
      default = { };
      description = ''
        Kubernetes objects by namespace, kind and name. apiVersion, kind, metadata.name and metadata.namespace follow from
        their place; the namespace `none` gives none.
      '';
      example = {
        none.Namespace.shop = { };
        shop.ConfigMap.settings.data.colour = "blue";
      };
    };
    crds = mkOption {
      type = types.listOf (types.unspecified);
      default = [ ];
      description = "Complete objects that are rendered as they are, such as CustomResourceDefinitions.";
    };
    generators = mkOption {
      type = types.listOf functionType;
      default = [ ];
      description = "Functions that make an object of an object, or { } to make none. They run before the transformers.";
    };
    transformers = mkOption {
      type = types.listOf functionType;
      default = [ ];
      description = "Functions that every object goes through, in their order.";
    };
    filters = mkOption {
      type = types.listOf functionType;
      default = [ ];
      description = "Functions of an object: whether it stays.";
    };
    apiMappings = mkOption {
      type = types.attrsOf types.str;
      default = { };
      description = "The apiVersion of each kind, beside those of apiMappingFile.";
      example.Certificate = "cert-manager.io/v1";
    };
    apiMappingFile = mkOption {
      type = types.path;
      default = ./api-mappings.json;
      description = "The apiVersions of a cluster, as a JSON set by kind or as `kubectl api-resources --output=json` prints them.";
    };
    generated = mkOption {
      type = types.raw;
      readOnly = true;
      description = "All objects, as they are applied.";
    };
    generatedByPath = mkOption {
      type = types.raw;
      readOnly = true;
      description = "All objects by namespace, kind and name, as they are applied.";
    };
  };

  config.kubernetes = {
    apiMappings = builtins.mapAttrs (_: lib.mkDefault) (mappings (lib.importJSON cfg.apiMappingFile));

    generated =
      let
        placed = lib.concatMap lib.attrValues (lib.concatMap lib.attrValues (lib.attrValues cfg.objects));
        made = lib.filter (object: object != { }) (
          lib.concatMap (object: map (generator: given "generators" "an object, or { }" builtins.isAttrs (generator object)) cfg.generators) placed
        );
        transformed = map (
          object: lib.foldl' (object: change: given "transformers" "an object" builtins.isAttrs (change object)) object cfg.transformers
        ) (placed ++ made);
        kept = lib.filter (
          object: lib.all (keeps: given "filters" "true or false" builtins.isBool (keeps object)) cfg.filters
        ) transformed;
      in
      map (object: json.plain (checked (lists object))) kept ++ cfg.crds;

    generatedByPath = lib.foldl' (
      all: object:
      lib.recursiveUpdate all {
        ${object.metadata.namespace or "none"}.${object.kind}.${object.metadata.name} = object;
      }
    ) { } cfg.generated;
  };
}
