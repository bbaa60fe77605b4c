# The argument `ekn` of modules, as ekn's users have it.
lib:
let
  prefix = "$ekn:env:";
  names =
    value:
    if builtins.isString value then
      lib.optional (lib.hasPrefix prefix value) (lib.removePrefix prefix value)
    else if builtins.isAttrs value then
      lib.concatMap names (lib.attrValues value)
    else if builtins.isList value then
      lib.concatMap names value
    else
      [ ];

  # A value that only the environment of `berth deploy` has: what evaluation knows lands in the store, readable by all.
  envSeed =
    variable:
    if builtins.isString variable && builtins.match "[A-Za-z_][A-Za-z0-9_]*" variable != null then
      prefix + variable
    else
      throw "ekn.envSeed: ${builtins.toJSON variable} is no name of an environment variable";

  # A Secret with such values, which annotations name.
  envSeeded =
    object:
    let
      variables = lib.unique (names object);
    in
    if variables == [ ] then
      throw "ekn.envSeeded: this object has no value from ekn.envSeed"
    else
      lib.recursiveUpdate object {
        metadata.annotations = lib.listToAttrs (
          lib.imap0 (i: lib.nameValuePair "ekn.dev/env-${toString i}") variables
        );
      };
in
{
  inherit envSeed envSeeded;
  lib = {
    inherit envSeed envSeeded;
    # Anything: kubernetes.objects checks what matters, the API server the rest.
    kubeValueType = lib.types.anything;
    inherit (lib) hashAttrs walkWithPath mkNamedList mkNumberedList mkIfExists mkIfExistsAtPath;
    # Argo CD's name for an object that an application owns; none for CRDs, which it does not track.
    argocdTrackingId =
      { app, namespace ? null }:
      object:
      let
        group = lib.head (builtins.match "([^/]*)/.*|.*" object.apiVersion);
      in
      if object.kind == "CustomResourceDefinition" then
        null
      else
        "${app}:${if group == null then "" else group}/${object.kind}:${
          object.metadata.namespace or (if namespace == null then "" else namespace)
        }/${object.metadata.name}";
  };
}
