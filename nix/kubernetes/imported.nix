# What Helm charts and YAML files have in common: lists of objects that become `kubernetes.objects`, and CRDs that tell the
# apiVersion of their kinds.
lib:
let
  problem = from: object: what: throw "${from}: an object${
    if object ? metadata.name then " ${builtins.toJSON object.metadata.name}" else if object ? kind then " of kind ${object.kind}" else ""
  } has no ${what}";
in
{
  options = {
    overrides = lib.mkOption {
      type = lib.types.listOf lib.types.raw;
      default = [ ];
      description = "Functions that every object goes through before it becomes an option.";
    };
    convertLists = lib.mkOption {
      type = lib.types.bool;
      default = true;
      description = "Whether lists become sets by name or place, so that other modules can change their elements; they are lists again in the manifest.";
    };
  };

  # The objects of one import, ready for kubernetes.objects.
  prepare =
    from: import:
    map (
      object:
      let
        made = lib.pipe (
          if import.convertLists then lib.walkWithPath (lib.kubeListsToAttrs object) object else object
        ) import.overrides;
      in
      if !(builtins.isAttrs made) then
        throw "${from}: there is ${builtins.typeOf made} where an object is to be"
      else if !(made ? kind) then
        problem from made "kind"
      else if !(made ? metadata.name) then
        problem from made "metadata.name"
      else
        made
    ) (lib.filter (object: object != null) import.objects);

  definitions =
    objects:
    lib.mkMerge (
      map (
        object:
        {
          ${object.metadata.namespace or "none"}.${object.kind}.${object.metadata.name} = object;
        }
      ) objects
    );

  mappings =
    objects:
    lib.listToAttrs (
      map (
        crd:
        let
          stored = lib.filter (version: version.storage or false) (
            if builtins.isList crd.spec.versions then crd.spec.versions else lib.attrValues (removeAttrs crd.spec.versions [ "_namedlist" "_numberedlist" ])
          );
        in
        lib.nameValuePair crd.spec.names.kind (lib.mkDefault "${crd.spec.group}/${(lib.head stored).name}")
      ) (lib.filter (object: object.kind or "" == "CustomResourceDefinition") objects)
    );
}
